export {
  type Caller,
  type CallOptions,
  type Contract,
  type Handler,
  type Procedure,
  type Service,
  type Xdr,
  xdrVoid,
} from "./contract.ts";
export { marshalErrors, XdrError } from "./errors.ts";
export { numberFromQuadruple, QUADRUPLE_BYTES, quadrupleFromNumber } from "./quadruple.ts";
export { readHyper, readUint32, writeHyper, writeUint32 } from "./words.ts";
export { DEFAULT_MAX_DEPTH, XdrReader } from "./xdr-reader.ts";
export { DEFAULT_MAX_BYTES, XdrWriter } from "./xdr-writer.ts";
