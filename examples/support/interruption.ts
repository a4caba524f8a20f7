const controller = new AbortController()
process.once('SIGINT', () => controller.abort(new Error('stopped by SIGINT')))

/** Aborted by the first Ctrl-C, so that a story ends in its own way: what it has started is ended, what it made removed. */
export const interruption: AbortSignal = controller.signal
