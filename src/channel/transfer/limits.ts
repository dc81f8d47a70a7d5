/** The bounds of a transfer; the chapter's table says what happens at each. */

/** Bytes of a block unless the sender is told otherwise: what is sent, compared and sent again as one. */
export const DEFAULT_BLOCK_BYTES = 1024 * 1024;
/** Blocks of a file: 16 TiB in blocks of a mebibyte. A set of them takes a bit each. */
export const MAX_BLOCKS = 2 ** 24;
/** Digests that a message carries. */
export const BATCH_BLOCKS = 16;
/** Messages of digests that wait for their answers. */
export const MAX_UNANSWERED = 4;
/** How often blocks are sent in one transfer: once, and again where they arrived damaged. */
export const MAX_DATA_PASSES = 5;
/** Blocks that a sender reads ahead of the channel. */
export const READ_AHEAD_BLOCKS = 4;
/** Bytes of messages that wait at a receiver for its disk before the channel is paused. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** What each of them counts for beside its own bytes: even an empty one takes memory and work. */
export const MESSAGE_COST_BYTES = 1024;
/** So many blocks of a file that is there may have been misread, and are compared once more; more are another file's. */
export const MAX_DOUBTED_BLOCKS = 8;
