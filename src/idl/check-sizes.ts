/** Refuses types that cannot be: those without an end, and arrays that no message bounds. */
import { IdlError } from "./errors.ts";
import { type NamedType, partsOf } from "./model.ts";
import { minimumBytes, type Sizes, sizeOf } from "./size.ts";

export function checkSizes(types: readonly NamedType[]): void {
  const sizes = minimumBytes(types);
  for (const type of types) {
    if (sizes.get(type) === Number.POSITIVE_INFINITY) {
      throw new IdlError(
        "IDL_CYCLE",
        type.at,
        `${type.name} contains itself: expected '*' or '<>' on the way`,
      );
    }
    checkItems(type, sizes);
  }
}

/** An array's elements must take room in the message, which is what bounds how many a decoder makes of it. */
function checkItems(type: NamedType, sizes: Sizes): void {
  for (const part of partsOf(type)) {
    if ((part.kind === "array" || part.kind === "vector") && sizeOf(part.element, sizes) === 0) {
      throw new IdlError(
        "IDL_RANGE",
        type.at,
        `${type.name}: expected an array whose elements take at least 4 bytes`,
      );
    }
  }
}
