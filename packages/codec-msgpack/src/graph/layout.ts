/**
 * How values travel that a tree of plain ones can't hold: maps, sets, errors, regular expressions, cycles, shared
 * references, and a few primitives. The message starts with a byte that MessagePack leaves free, and goes on with an
 * array: the slot of the root, then the nodes, in the order in which a walk in breadth meets them.
 *
 * A node is one object:
 *
 *     { key: slot ... }                                 a plain object
 *     [0, slot ...]                                     an array
 *     [1, key slot, value slot ...]                     a Map
 *     [2, slot ...]                                     a Set
 *     [3, name, message, { key: slot ... }]             an Error: cause, errors, and fields that are primitives
 *     [4, source, flags]                                a RegExp
 *     [5, key slot, value slot ...]                     an object with a key that is no plain text
 *     anything else that is no primitive                itself: a Date, bytes, a typed array
 *
 * A slot is one value:
 *
 *     a primitive                                       itself
 *     [number]                                          the node with this number, the first being 1
 *     [bytes]                                           a string, as UTF-16 in little-endian order
 *     []                                                -0
 *
 * So a graph of any shape nests four levels of MessagePack at most. Nodes are numbered as the walk meets them: the
 * first slot that names a node names the next number, which makes the depth of each known before anything is built.
 */
export const graphMark = 0xc1

/** Levels of MessagePack in a graph: all nodes, a node, the fields of an Error, a slot. */
export const graphDepth = 4

export const NodeKind = { ARRAY: 0, MAP: 1, SET: 2, ERROR: 3, REGEXP: 4, ENTRIES: 5 } as const

/** Names that no further field of an Error may have. */
export const errorOwn: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors'])
