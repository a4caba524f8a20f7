import { layout } from '@clusterbus/protocol'

/** Uses after which a shape is worth to be described. */
const usesMin = 16
/** Most keys in a shape. Whoever has more uses objects as dictionaries. */
const keysMax = 64
/** Nodes of the tree; past that, what has not become a shape is forgotten. */
const nodesMax = 2048
/** Times that may happen before nothing new is learned any more: then it is dictionaries that come. */
const clearingsMax = 16

/** Keys in their order, as far as an object was looked at. */
export class ShapeNode {
  readonly key: string
  readonly parent: ShapeNode | undefined
  readonly depth: number
  /** Bytes of the description that ends here. */
  readonly descriptionBytes: number
  readonly next: Map<string, ShapeNode> = new Map()
  /** Where the last object went on from here: most often the next one goes there too. */
  last: ShapeNode | undefined
  uses = 0
  /** Number of the shape that ends here; -1 for none. */
  shape = -1

  constructor(key: string, parent: ShapeNode | undefined) {
    this.key = key
    this.parent = parent
    this.depth = parent === undefined ? 0 : parent.depth + 1
    // With a comma behind each key but the last, and brackets.
    this.descriptionBytes =
      parent === undefined ? 1 : parent.descriptionBytes + Buffer.byteLength(JSON.stringify(key)) + 1
  }

  get keys(): string[] {
    return this.parent === undefined ? [] : [...this.parent.keys, this.key]
  }
}

/** Learns which keys occur together, in which order, and which of those recur often enough to be described. */
export class ShapeTree {
  readonly #shapesMax: number
  #root = new ShapeNode('', undefined)
  /** The shapes that were learned, each as its keys, in JSON. */
  readonly descriptions: Uint8Array[] = []
  #nodes = 0
  #clearings = 0

  constructor(shapesMax: number) {
    this.#shapesMax = shapesMax
  }

  /** Where to begin with an object. */
  begin(): ShapeNode {
    if (this.#nodes >= nodesMax) this.#clear()
    return this.#root
  }

  /** Where `key` leads; `undefined` when nothing is known or learned from there on. */
  follow(node: ShapeNode, key: string): ShapeNode | undefined {
    const { last } = node
    if (last !== undefined && last.key === key) return last
    const next = node.next.get(key) ?? this.#grow(node, key)
    if (next !== undefined) node.last = next
    return next
  }

  /** An object ends at `node`. Returns the number of its shape, or -1; learns it if it has come often. */
  end(node: ShapeNode): number {
    if (node.shape >= 0) return node.shape
    node.uses += 1
    if (node.uses < usesMin || node.depth === 0 || this.descriptions.length >= this.#shapesMax) return -1
    node.shape = this.descriptions.push(Buffer.from(JSON.stringify(node.keys))) - 1
    return node.shape
  }

  #grow(node: ShapeNode, key: string): ShapeNode | undefined {
    const full = this.#nodes >= nodesMax || this.#clearings >= clearingsMax
    if (full || node.depth >= keysMax || this.descriptions.length >= this.#shapesMax) return undefined
    if (key.length > layout.descriptionBytesMax || key === '__proto__' || !key.isWellFormed()) return undefined
    const next = new ShapeNode(key, node)
    if (next.descriptionBytes > layout.descriptionBytesMax) return undefined
    this.#nodes += 1
    node.next.set(key, next)
    return next
  }

  /** Forgets all that has not become a shape. */
  #clear(): void {
    this.#clearings += 1
    this.#nodes = 0
    prune(this.#root)
  }
}

/** Returns whether a shape ends at the node or behind it. */
function prune(node: ShapeNode): boolean {
  node.last = undefined
  for (const [key, next] of node.next) if (!prune(next)) node.next.delete(key)
  return node.shape >= 0 || node.next.size > 0
}
