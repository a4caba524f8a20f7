/**
 * What topics begin with where peers share one server, so that the workers of one primary hear nothing of another's: all
 * peers of a scenario run at the same time.
 */
export const topicScope: string = `${process.ppid}.`
