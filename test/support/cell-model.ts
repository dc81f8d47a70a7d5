/** The model of a directory and its files (`volumeModel`), which can also be listed: all of its names in one answer. */
import { type Model, REFUSED, UNSEEN } from "../../src/sim/index.ts";
import {
  type VolumeInput,
  type VolumeModelState,
  type VolumeOutput,
  volumeModel,
} from "../simulation/volume-model.ts";

export type CellInput =
  | VolumeInput
  /** Answers the names in their order, with commas between them. */
  | { readonly op: "readdir" };

export const cellModel: Model<VolumeModelState, CellInput, VolumeOutput> = {
  name: "directory that is listed",
  init: () => volumeModel.init(),
  step(state, input, output) {
    if (input.op !== "readdir") return volumeModel.step(state, input, output);
    const names = Object.keys(state.names).toSorted().join();
    return output === UNSEEN || output === names ? [state] : REFUSED;
  },
  isRead: (input, output) => input.op === "readdir" || volumeModel.isRead?.(input, output) === true,
};
