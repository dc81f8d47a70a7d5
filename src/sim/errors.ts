/** What a simulated run can fail of, beside the errors of the code that runs in it. */
import { defineErrors } from "../world/index.ts";

/** Summary and remedy of each SIM_… code, as `coterie explain` shows them. */
export const simErrors = defineErrors({
  SIM_DEADLOCK: {
    summary: "The simulation's main function waits, and no event is left that could wake it.",
    remedy:
      "Look at the trace's end: a message was lost with no timer to retry it, a node crashed, or the code waits for something outside the world.",
  },
  SIM_LIVELOCK: {
    summary: "A million events ran and virtual time stood still.",
    remedy: "Look for code that calls `soon` or `after(0)` from itself without end.",
  },
  SIM_TIME_LIMIT: {
    summary: "The main function had not finished at the limit of virtual time.",
    remedy: "Raise limitMs, or look at the trace for what keeps it waiting.",
  },
  SIM_LEAK: {
    summary: "Simulated code touched the real clock, timers, randomness or network.",
    remedy: "Use what the message names: everything goes through the World that the code was given.",
  },
  SIM_FAILED: {
    summary: "Code inside the simulation threw an error that nobody handled.",
    remedy: "Read the cause; run the same seed again to see the same trace.",
  },
  SIM_CRASHED: {
    summary: "Code of a crashed incarnation went on using its world.",
    remedy:
      "Nothing, in simulated code: the error ends it. Take the new world from the node after a restart.",
  },
  SIM_VIOLATED: {
    summary: "A scenario found a property violated that its system should keep.",
    remedy: "Replay the seed with --trace or --svg, and shrink it: `coterie sim shrink FILE --seed S`.",
  },
  SIM_PLAN: {
    summary: "A plan is not one that the scenario can run.",
    remedy: "Check that the file is a plan of this scenario, or draw the plan anew from its seed.",
  },
  SIM_SCENARIO: {
    summary: "A scenario gives no plan, or cannot be set up: its own code threw, or what it says cannot be.",
    remedy: "Mend the scenario; the message has the seed, and where its code threw.",
  },
  SIM_NOT_REPEATED: {
    summary: "The same plan ran twice and did not do the same.",
    remedy:
      "Look for state that outlives a run, such as a variable of the module, and for files or sockets of the machine: a run must be a function of its stage.",
  },
  SIM_STUCK: {
    summary: "A run took more real time than it may: its code is in a loop that never ends, or too slow.",
    remedy: "Replay the seed under a debugger, or raise --limit.",
  },
  SIM_DIED: {
    summary: "The process of a run ended before the run did.",
    remedy: "Read what it wrote to standard error: no memory was left, or the scenario ended the process.",
  },
  SIM_CORPUS: {
    summary: "A scenario's corpus of failing seeds cannot be read.",
    remedy: "Repair the file, or remove it: it is begun anew at the next failure.",
  },
  SIM_NOT_LINEARIZABLE: {
    summary: "What clients saw of an object is not what it could do in any order.",
    remedy:
      "Read the message: it names the answer that fits nowhere, and an order of what came before. Replay the seed with --trace or --svg around that time.",
  },
  SIM_UNDECIDED: {
    summary: "The search for an order ran out of its budget before it could tell.",
    remedy:
      "Shorten the history, part it by keys, give writes values of their own, or raise maxSteps or maxConfigurations.",
  },
});
