import { isReserved, isWildcard } from './topic.ts'

/** A token of the trie: what may follow it, and what ends with it. */
interface Node<Leaf> {
  /** Most have none, and there may be a hundred thousand: a map is made with the first. */
  children: Map<string, Node<Leaf>> | undefined
  leaf: Leaf | undefined
}

/**
 * Finds the patterns that match a topic. A pattern without a wildcard is one look-up in a map; the others stand in a
 * trie with a level for each token, so the cost of a match depends on the topic's tokens and not on how many patterns
 * there are. Patterns and topics are taken as checked.
 */
export class PatternIndex<Leaf> {
  readonly #exact = new Map<string, Leaf>()
  readonly #root: Node<Leaf> = newNode()

  get(pattern: string): Leaf | undefined {
    if (!isWildcard(pattern)) return this.#exact.get(pattern)
    let node: Node<Leaf> | undefined = this.#root
    for (const token of pattern.split('.')) node = node?.children?.get(token)
    return node?.leaf
  }

  set(pattern: string, leaf: Leaf): void {
    if (!isWildcard(pattern)) {
      this.#exact.set(pattern, leaf)
      return
    }
    let node = this.#root
    for (const token of pattern.split('.')) {
      let child = node.children?.get(token)
      if (child === undefined) {
        node.children ??= new Map()
        node.children.set(token, (child = newNode()))
      }
      node = child
    }
    node.leaf = leaf
  }

  /** Takes the pattern out, with every branch that leads to nothing else. */
  delete(pattern: string): void {
    if (!isWildcard(pattern)) {
      this.#exact.delete(pattern)
      return
    }
    prune(this.#root, pattern.split('.'), 0)
  }

  /** The leaves of all patterns that match `topic`, in no particular order. */
  match(topic: string): Leaf[] {
    const found: Leaf[] = []
    const exact = this.#exact.get(topic)
    if (exact !== undefined) found.push(exact)
    if (this.#root.children !== undefined) collect(this.#root, topic.split('.'), 0, isReserved(topic), found)
    return found
  }
}

function newNode<Leaf>(): Node<Leaf> {
  return { children: undefined, leaf: undefined }
}

function collect<Leaf>(node: Node<Leaf>, tokens: string[], depth: number, literalOnly: boolean, found: Leaf[]): void {
  const token = tokens[depth]
  if (token === undefined) {
    if (node.leaf !== undefined) found.push(node.leaf)
    return
  }
  const { children } = node
  if (children === undefined) return
  const literal = children.get(token)
  if (literal !== undefined) collect(literal, tokens, depth + 1, false, found)
  if (literalOnly) return
  const star = children.get('*')
  if (star !== undefined) collect(star, tokens, depth + 1, false, found)
  const rest = children.get('>')
  if (rest?.leaf !== undefined) found.push(rest.leaf)
}

/** Returns whether nothing is left under `node`. */
function prune<Leaf>(node: Node<Leaf>, tokens: string[], depth: number): boolean {
  const token = tokens[depth]
  if (token === undefined) {
    node.leaf = undefined
  } else {
    const child = node.children?.get(token)
    if (child !== undefined && prune(child, tokens, depth + 1)) node.children?.delete(token)
    if (node.children?.size === 0) node.children = undefined
  }
  return node.leaf === undefined && node.children === undefined
}
