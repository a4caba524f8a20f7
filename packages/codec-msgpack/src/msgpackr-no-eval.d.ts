/**
 * The build of msgpackr that we use comes without types. It evaluates no code, loads no native addon, and keeps its
 * table of extensions apart from the one that an app may add to.
 */
declare module 'msgpackr/index-no-eval' {
  export { Packr } from 'msgpackr'
  /** Adds to `encode`'s second argument: the buffer is used again from where it was. */
  export const RESET_BUFFER_MODE: number
  /** Adds to `encode`'s second argument: its low byte says how many bytes to leave free at the start. */
  export const RESERVE_START_SPACE: number
}
