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
export { DEFAULT_MAX_DEPTH, XdrReader } from "./xdr-reader.ts";
export { DEFAULT_MAX_BYTES, XdrWriter } from "./xdr-writer.ts";
