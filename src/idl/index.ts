export { type CompileOptions, compileIdl, loadModel } from "./compile.ts";
export { DynamicCodecs } from "./dynamic.ts";
export { IdlError, type IdlErrorCode, idlErrors } from "./errors.ts";
export { gather } from "./gather.ts";
export { DEFAULT_RUNTIME, type GenerateOptions, generateModule } from "./generate/module.ts";
export { fromJson, toJson } from "./json.ts";
export type {
  AliasType,
  Arm,
  Constant,
  EnumType,
  Field,
  Model,
  ModelProcedure,
  ModelVersion,
  NamedType,
  StructType,
  Type,
  UnionType,
} from "./model.ts";
export type { PreprocessOptions } from "./preprocessor.ts";
export { formatPosition, type Position, type ReadFile } from "./source.ts";
