import type { Authorize } from '@clusterbus/broker'

/** Nobody may do anything with it: so nobody is ever told anything of it. */
export const deniedTopic = 'fuzz.denied'
/** Where an orderly member counts; whoever sends the input may hear it, also its number, and may not publish to it. */
export const guardedTopic = 'healthy.right'

/** What members may do, which depends on nothing but what is asked. */
export const authorize: Authorize = ({ kind }, action, topic) =>
  topic !== deniedTopic && !(kind === 'socket' && action === 'publish' && topic === guardedTopic)
