/**
 * A C program around what rpcgen makes of a `.x` file. It fills C's structs with the values that `randomValue` draws
 * from the same seed, field by field and by name, and encodes them; and it decodes bytes and encodes them again.
 *
 * Commands on standard input, numbers big-endian: `g` type(u32) seed(u32), or `d` type(u32) length(u32) bytes.
 * Each is answered by length(u32) bytes; the length is 0xffffffff when XDR fails.
 */
import { C_TYPES } from "../../../src/idl/c-headers.ts";
import {
  type Model,
  type NamedType,
  resolveAlias,
  type StructType,
  type Type,
  type UnionType,
} from "../../../src/idl/model.ts";
import {
  FULL,
  MAX_VALUE_DEPTH,
  otherValues,
  reachableArms,
  USUAL_BYTES,
  USUAL_ITEMS,
} from "../../support/random-values.ts";

/** Structs that rpcgen -N makes of procedures with several arguments. */
export function argumentStructs(model: Model): StructType[] {
  return model.versions.flatMap((version) =>
    version.procedures
      .filter((procedure) => procedure.args.length > 1)
      .map((procedure) => ({
        kind: "struct" as const,
        name: `${procedure.name.toLowerCase()}_${version.number}_argument`,
        at: procedure.at,
        doc: undefined,
        fields: procedure.args.map((field, index) => ({ ...field, name: field.name || `arg${index + 1}` })),
      })),
  );
}

/** The program for the types, which it knows by their index. */
export function harnessSource(header: string, types: readonly NamedType[]): string {
  const declared = types.map((type) => `static void fill_${type.name} (${type.name} *v, int depth);`);
  const table = types.map(
    ({ name }) => `  { sizeof (${name}), (xdrproc_t) xdr_${name}, (void (*) (void *, int)) fill_${name} },`,
  );
  return [
    `#include "${header}"`,
    PRELUDE,
    ...declared,
    ...types.map(filler),
    "static const struct coterie_entry { size_t size; xdrproc_t code; void (*fill) (void *, int); } TABLE[] = {",
    ...table,
    "};",
    MAIN,
  ].join("\n");
}

const PRELUDE = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static uint32_t state;
static uint32_t next32 (void) { state ^= state << 13; state ^= state >> 17; state ^= state << 5; return state; }
static uint32_t word32 (void) {
  switch (next32 () & 7) {
  case 0: return 0; case 1: return 0xffffffffu; case 2: return 0x80000000u; case 3: return 0x7fffffffu;
  default: return next32 ();
  }
}
static uint32_t length32 (uint32_t max, uint32_t usual) {
  if ((next32 () & 15) == 0 && max <= ${FULL}) return max;
  return next32 () % ((max < usual ? max : usual) + 1);
}
static char *bytes32 (uint32_t n) {
  char *s = malloc (n + 1);
  for (uint32_t i = 0; i < n; i++) s[i] = (char) next32 ();
  return s;
}
static char *text32 (uint32_t n) {
  char *s = malloc (n + 1);
  for (uint32_t i = 0; i < n; i++) s[i] = (char) (32 + next32 () % 95);
  s[n] = 0;
  return s;
}
`;

const MAIN = `
static char out[1 << 22];
static uint32_t get32 (void) {
  unsigned char b[4];
  if (fread (b, 1, 4, stdin) != 4) exit (2);
  return (uint32_t) b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}
static void put32 (uint32_t n) { for (int s = 24; s >= 0; s -= 8) putchar ((int) (n >> s) & 255); }
static void answer (const struct coterie_entry *type, void *value) {
  XDR x;
  xdrmem_create (&x, out, sizeof out, XDR_ENCODE);
  if (!type->code (&x, value)) { put32 (0xffffffffu); return; }
  put32 (xdr_getpos (&x));
  fwrite (out, 1, xdr_getpos (&x), stdout);
}
int main (void) {
  for (int c = getchar (); c != EOF; c = getchar ()) {
    const struct coterie_entry *type = &TABLE[get32 ()];
    void *value = calloc (1, type->size);
    if (c == 'g') {
      state = get32 ();
      type->fill (value, 1);
      answer (type, value);
    } else {
      uint32_t length = get32 ();
      char *in = malloc (length + 1);
      if (fread (in, 1, length, stdin) != length) return 2;
      XDR x;
      xdrmem_create (&x, in, length, XDR_DECODE);
      if (!type->code (&x, value) || xdr_getpos (&x) != length) put32 (0xffffffffu);
      else answer (type, value);
      free (in);
    }
  }
  return 0;
}
`;

function filler(type: NamedType): string {
  const body = fillerBody(type).map((line) => `  ${line}`);
  return [`static void fill_${type.name} (${type.name} *v, int depth)`, "{", ...body, "}"].join("\n");
}

function fillerBody(type: NamedType): string[] {
  switch (type.kind) {
    case "alias":
      return fill(type.target, "(*v)", type.name);
    case "enum":
      return [
        `static const int values[] = { ${type.values.map(({ value }) => value).join(", ")} };`,
        pick("*v"),
      ];
    case "struct":
      return type.fields.flatMap((field) => fill(field.type, `v->${field.name}`, field.name));
    case "union":
      return fillUnion(type);
  }
}

function pick(target: string): string {
  return `${target} = values[next32 () % (sizeof values / sizeof *values)];`;
}

function fillUnion(type: UnionType): string[] {
  const arms = reachableArms(type);
  const cases = arms.flatMap((arm, index) => {
    const discriminant = `v->${type.discriminant.name}`;
    const field = arm.field && fill(arm.field.type, `v->${type.name}_u.${arm.field.name}`, arm.field.name);
    return [
      `case ${index}: {`,
      ...(arm.isDefault ? fillOther(type, discriminant) : fillOneOf(arm.labels, discriminant)),
      ...(field ?? []),
      "break;",
      "}",
    ];
  });
  return [`switch (next32 () % ${arms.length}) {`, ...cases, "}"];
}

function fillOneOf(values: readonly number[], target: string): string[] {
  return [`static const int64_t values[] = { ${values.join(", ")} };`, pick(target)];
}

function fillOther(type: UnionType, target: string): string[] {
  const others = otherValues(type);
  if (others !== undefined) return fillOneOf(others, target);
  const labels = type.arms.flatMap((arm) => arm.labels).map((label) => `${target} == ${label}`);
  return [
    "do {",
    ...fill(resolveAlias(type.discriminant.type), target, ""),
    `} while (${labels.join(" || ")});`,
  ];
}

/** Statements that fill `target`, which is declared by the name `name`. */
function fill(type: Type, target: string, name: string): string[] {
  if (type === C_TYPES.netobj) return fillBytes(`${target}.n_len`, `${target}.n_bytes`, 1024);
  if (type === C_TYPES.des_block) return [`for (int i = 0; i < 8; i++) ${target}.c[i] = (char) next32 ();`];
  const length = `${target}.${name}_len`;
  const items = `${target}.${name}_val`;
  switch (type.kind) {
    case "void":
      return [];
    case "bool":
      return [`${target} = next32 () & 1;`];
    case "int":
      return [sameKind(target, "signed"), `${target} = (int32_t) word32 ();`];
    case "uint":
      return [sameKind(target, "unsigned"), `${target} = word32 ();`];
    case "short":
      return [sameKind(target, "signed", 2), `${target} = (int16_t) word32 ();`];
    case "ushort":
      return [sameKind(target, "unsigned", 2), `${target} = (uint16_t) word32 ();`];
    case "char":
      return [sameKind(target, "signed", 1), `${target} = (int8_t) word32 ();`];
    case "uchar":
      return [sameKind(target, "unsigned", 1), `${target} = (uint8_t) word32 ();`];
    case "hyper":
    case "uhyper":
      return [
        sameKind(target, type.kind === "hyper" ? "signed" : "unsigned", 8),
        `{ uint64_t h = word32 (); uint64_t l = word32 (); ${target} = h << 32 | l; }`,
      ];
    case "float":
      return [`${target} = (float) ((int32_t) (next32 () & 0xffffff) - 0x800000) / 1024.0f;`];
    case "double":
      return [`{ int32_t w = (int32_t) next32 (); ${target} = w + (next32 () & 0xffff) / 65536.0; }`];
    case "quadruple":
      return [`for (int i = 0; i < 16; i++) ${target}.bytes[i] = (char) next32 ();`];
    case "string":
      return [`${target} = text32 (length32 (${type.max}u, ${USUAL_BYTES}));`];
    case "opaque":
      return fillBytes(length, items, type.max);
    case "opaqueFixed":
      return [`for (int i = 0; i < ${type.length}; i++) ${target}[i] = (char) next32 ();`];
    case "array":
      return [
        `${length} = depth > ${MAX_VALUE_DEPTH} ? 0 : length32 (${type.max}u, ${USUAL_ITEMS});`,
        `${items} = calloc (${length} + 1, sizeof *${items});`,
        `for (u_int i = 0; i < ${length}; i++) {`,
        ...fill(type.element, `${items}[i]`, ""),
        "}",
      ];
    case "vector":
      return [`for (u_int i = 0; i < ${type.length}; i++) {`, ...fill(type.element, `${target}[i]`, ""), "}"];
    case "optional":
      return [
        `if (depth > ${MAX_VALUE_DEPTH} || next32 () % 3 == 0) ${target} = NULL;`,
        "else {",
        `${target} = calloc (1, sizeof *${target});`,
        ...fill(type.element, `(*${target})`, ""),
        "}",
      ];
    case "named":
      return [`fill_${type.type.name} (&${target}, depth + 1);`];
  }
}

function fillBytes(length: string, bytes: string, max: number): string[] {
  return [`${length} = length32 (${max}u, ${USUAL_BYTES});`, `${bytes} = bytes32 (${length});`];
}

/**
 * Fails the build unless C's type has the sign, and where given the size, that ours has: the bytes alone would not tell.
 * Plain char is signed or not as the machine likes.
 */
function sameKind(target: string, sign: "signed" | "unsigned", size?: number): string {
  const type = `__typeof__ (${target})`;
  const sameSign = size === 1 && sign === "signed" ? "1" : `(${type}) -1 ${sign === "signed" ? "<" : ">"} 0`;
  const sameSize = size === undefined ? "1" : `sizeof (${type}) == ${size}`;
  return `_Static_assert (${sameSign} && ${sameSize}, "${sign}");`;
}
