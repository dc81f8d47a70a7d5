/**
 * Shell completion: one script for each shell, made from the commands as they are registered, so that it knows
 * every command and option and asks nothing at completion time.
 */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

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
    return `    "${command.path.join(" ")}") children="${children}" options="${options}" ;;`;
  });
  return `# Completion of coterie for bash. Load it with:  source <(coterie completion bash)
_coterie() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" children="" options="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    case "\${path:+$path }$word" in
${knownPaths(commands)
  .map((path) => `      "${path}") path="${path}" ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${arms.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
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

function zshText(text: string): string {
  return text.replace(/['"\\:[\]`$]/g, "");
}

function zsh(commands: readonly Completion[]): string {
  const arms = commands.map((command) => {
    const children = command.children.map((child) => `'${child.name}:${zshText(child.description)}'`);
    const options = command.options.map((each) => `'${each.flag}:${zshText(each.description)}'`);
    return `    "${command.path.join(" ")}") children=(${children.join(" ")}); options=(${options.join(" ")}) ;;`;
  });
  return `#compdef coterie
# Completion of coterie for zsh. Load it with:  source <(coterie completion zsh)
_coterie() {
  local path_typed="" word
  local -a children options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && continue
    case "\${path_typed:+$path_typed }$word" in
${knownPaths(commands)
  .map((path) => `      "${path}") path_typed="${path}" ;;`)
  .join("\n")}
    esac
  done
  case "$path_typed" in
${arms.join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe 'option' options
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
    ];
  });
  return `# Completion of coterie for fish. Load it with:  coterie completion fish | source
function __coterie_at
  set -l path
  set -l known ${knownPaths(commands)
    .map((path) => `'${path}'`)
    .join(" ")}
  for word in (commandline -opc)[2..]
    string match -q -- '-*' $word; and continue
    set -l longer (string join ' ' $path $word)
    contains -- "$longer" $known; and set path $path $word
  end
  test "$path" = "$argv[1]"
end
${lines.join("\n")}
`;
}
