/** Few, so that what is said and what is heard meet often. */
export const topics: readonly string[] = ['a', 'b', 'a.b', 'a.c', 'b.c', 'a.b.c', 'b.c.d', 'c']

/** What is subscribed to: each topic, and wildcards in every place. */
export const patterns: readonly string[] = [...topics, '*', '>', 'a.*', 'a.>', '*.b', '*.*', 'b.>', '*.c.*', '$sys.>']

export const requestTopics: readonly string[] = ['q.a', 'q.b', 'q.c']
export const responderPatterns: readonly string[] = [...requestTopics, 'q.*', 'q.>']

export const groups: readonly string[] = ['g', 'h']
