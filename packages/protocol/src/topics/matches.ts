/**
 * Whether `pattern` matches `topic`, written the slow and obvious way. It is the definition; {@link PatternIndex} is
 * the same thing made fast, and is tested against it.
 */
export function matches(pattern: string, topic: string): boolean {
  const patternTokens = pattern.split('.')
  const topicTokens = topic.split('.')
  const [first] = patternTokens
  if (topic.startsWith('$') && (first === '*' || first === '>')) return false
  for (const [index, token] of patternTokens.entries()) {
    const topicToken = topicTokens[index]
    if (topicToken === undefined) return false
    if (token === '>') return true
    if (token !== '*' && token !== topicToken) return false
  }
  return patternTokens.length === topicTokens.length
}
