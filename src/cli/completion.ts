/**
 * Shell completion: one script for each shell, made from the commands as they are registered, so that it knows
 * every command and option. One thing alone is asked at completion time, by `coterie completion volumes`: which volumes there are.
 */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Commands whose first argument names a volume that there is. */
export const VOLUME_FIRST: ReadonlySet<string> = new Set([
  "backup",
  "scrub",
  "volume clone",
  "volume clone-delete",
  "volume copies",
  "volume delete",
  "volume mount",
  "volume move",
  "volume quota",
  "volume rename",
  "volume snapshot",
  "volume snapshot-delete",
  "volume snapshots",
]);

interface Completion {
  /** Names from the program down, for example `["rpc", "info"]`; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
  readonly children: readonly { readonly name: string; readonly description: string }[];
}

/** Every command with its options, the program first, parents before children. */
function collect(command: Command, path: readonly string[] = []): Completion[] {
  const options = command.options.flatMap((option) => {
    const flag = option.long ?? option.short;
    return flag == null || option.hidden ? [] : [{ flag, description: option.description }];
  });
  const children = command.commands.map((child) => ({
    name: child.name(),
    description: child.description(),
  }));
  const own = {
    path,
    description: command.description(),
    options: [...options, { flag: "--help", description: "help" }],
    children:
      path.length === 0 ? [...children, { name: "help", description: "Help for a command" }] : children,
  };
  return [own, ...command.commands.flatMap((child) => collect(child, [...path, child.name()]))];
}

/** The script for `shell`, from a program whose commands are all loaded. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = collect(program);
  if (shell === "bash") return bash(commands);
  return shell === "zsh" ? zsh(commands) : fish(commands);
}

/** Bash and zsh walk the words typed so far down to the command they name; its words are what may come. */
function bash(commands: readonly Completion[]): string {
  const arms = commands.map((command) => {
    const children = command.children.map((child) => child.name).join(" ");
    const options = command.options.map((each) => each.flag).join(" ");
    const volumes = takesVolume(command) ? " volumes=1" : "";
    return `    "${command.path.join(" ")}") children="${children}" options="${options}"${volumes} ;;`;
  });
  return `# Completion of coterie for bash. Load it with:  source <(coterie completion bash)
_coterie() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" children="" options="" volumes="" word before="" count=0
  local -a where=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $before == --dir ]]; then
      where=(--dir "\${word/#\\~/$HOME}") before=""
      continue
    fi
    before=$word
    [[ $word == -* ]] && continue
    count=$((count + 1))
    case "\${path:+$path }$word" in
${knownPaths(commands)
  .map((path) => `      "${path}") path="${path}" count=0 ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${arms.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $volumes && $count -eq 0 && $before != --* ]]; then
    volumes=$(coterie completion volumes "\${where[@]}" 2>/dev/null)
    COMPREPLY=($(compgen -W "$volumes" -- "$current"))
  elif [[ -n $children ]]; then
    COMPREPLY=($(compgen -W "$children" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _coterie coterie
`;
}

function knownPaths(commands: readonly Completion[]): string[] {
  return commands.filter((command) => command.path.length > 0).map((command) => command.path.join(" "));
}

function takesVolume({ path }: Completion): boolean {
  return VOLUME_FIRST.has(path.join(" "));
}

function zshText(text: string): string {
  return text.replace(/['"\\:[\]`$]/g, "");
}

function zsh(commands: readonly Completion[]): string {
  const arms = commands.map((command) => {
    const children = command.children.map((child) => `'${child.name}:${zshText(child.description)}'`);
    const options = command.options.map((each) => `'${each.flag}:${zshText(each.description)}'`);
    const volumes = takesVolume(command) ? "; takes_volume=1" : "";
    return `    "${command.path.join(" ")}") children=(${children.join(" ")}); options=(${options.join(" ")})${volumes} ;;`;
  });
  return `#compdef coterie
# Completion of coterie for zsh. Load it with:  source <(coterie completion zsh)
_coterie() {
  local path_typed="" takes_volume="" word before="" count=0
  local -a children options volumes where
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ $before == --dir ]]; then
      where=(--dir "\${word/#\\~/$HOME}") before=""
      continue
    fi
    before=$word
    [[ $word == -* ]] && continue
    (( count += 1 ))
    case "\${path_typed:+$path_typed }$word" in
${knownPaths(commands)
  .map((path) => `      "${path}") path_typed="${path}" count=0 ;;`)
  .join("\n")}
    esac
  done
  case "$path_typed" in
${arms.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe 'option' options
  elif [[ -n $takes_volume && $count -eq 0 && $before != --* ]]; then
    volumes=("\${(@f)$(coterie completion volumes $where 2>/dev/null)}")
    _describe 'volume' volumes
  elif (( \${#children} )); then
    _describe 'command' children
  else
    _files
  fi
}
compdef _coterie coterie
`;
}

function fishText(text: string): string {
  return text.replace(/['\\]/g, "");
}

/** Fish's condition that no argument of the command was typed yet. */
function first({ path }: Completion): string {
  return `-n '__coterie_at "${path.join(" ")}" first'`;
}

function fish(commands: readonly Completion[]): string {
  const lines = commands.flatMap((command) => {
    const at = `-n '__coterie_at "${command.path.join(" ")}"'`;
    return [
      ...command.children.map(
        (child) => `complete -c coterie ${at} -f -a '${child.name}' -d '${fishText(child.description)}'`,
      ),
      ...command.options.map(
        (each) => `complete -c coterie ${at} -l '${each.flag.slice(2)}' -d '${fishText(each.description)}'`,
      ),
      ...(takesVolume(command) ? [`complete -c coterie ${first(command)} -f -a '(__coterie_volumes)'`] : []),
    ];
  });
  return `# Completion of coterie for fish. Load it with:  coterie completion fish | source
function __coterie_at
  set -l path
  set -l known ${knownPaths(commands)
    .map((path) => `'${path}'`)
    .join(" ")}
  set -l before
  set -l typed 0
  for word in (commandline -opc)[2..]
    set -l last $before
    set before $word
    test "$last" = --dir; and continue
    string match -q -- '-*' $word; and continue
    set -l longer (string join ' ' $path $word)
    if contains -- "$longer" $known
      set path $path $word
    else
      set typed 1
    end
  end
  test "$path" = "$argv[1]"; and begin
    test "$argv[2]" != first; or test $typed -eq 0
  end
end
function __coterie_volumes
  set -l where
  set -l before
  for word in (commandline -opc)
    test "$before" = --dir; and set where --dir (string replace -r '^~' $HOME -- $word)
    set before $word
  end
  coterie completion volumes $where 2>/dev/null
end
${lines.join("\n")}
`;
}
