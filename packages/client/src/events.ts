/**
 * Data of a topic about which the event map says nothing. It is `any` and not `unknown`, because it is the app's own
 * data, which only the app can know; whoever wants it checked names the topic in the event map.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export type Untyped = any

/**
 * Topics, or patterns, and the type of their data: `{ 'user-login': { userId: number }; 'job.*': Job }`. A topic that is
 * asked has a {@link Request} for its value, where its reply is to be typed too.
 */
export type EventMap = object

declare const declared: unique symbol

/** What an event map says of a topic whose data is not of one type on its whole way. No value is of this type. */
export interface Declared<Published, Received, Replied, Answered> {
  readonly [declared]: { published: Published; received: Received; replied: Replied; answered: Answered }
}

/** Value of an event map for a topic that is asked: `{ 'config.get': Request<{ key: string }, Config> }`. */
export type Request<Data, Reply> = Declared<Data, Data, Reply, Reply>

/** The topics and patterns of the event map, for completion; any other string is one too. */
export type TopicOf<Events extends EventMap> = (keyof Events & string) | (string & {})

/** What a subscription to topic or pattern `T` gets: where it matches several topics of the map, the union of theirs. */
export type DataOf<Events extends EventMap, T extends string> = Said<Events, T, 'received'>

/** What is published under topic `T`, or asked. Nothing can be published under a pattern. */
export type PublishedOf<Events extends EventMap, T extends string> = string extends keyof Events
  ? Said<Events, T, 'published'>
  : T extends Wild
    ? never
    : Said<Events, T, 'published'>

/** What a responder to topic or pattern `T` answers with. */
export type RepliedOf<Events extends EventMap, T extends string> = Said<Events, T, 'replied'>

/** What a request of topic `T` resolves with. */
export type ReplyOf<Events extends EventMap, T extends string> = Said<Events, T, 'answered'>

/** The topics that a message can have that comes to topic or pattern `T`, each with the type of its data. */
export type TopicsOf<Events extends EventMap, T extends string> = string extends keyof Events
  ? { topic: string; data: DataOf<Events, T> }
  : [KeyOf<Events, T>] extends [never]
    ? { topic: string; data: Untyped }
    : { [Key in KeyOf<Events, T>]: { topic: TopicOfKey<Key, T>; data: DataOf<Events, Key> } }[KeyOf<Events, T>]

type Wild = `${string}*${string}` | `${string}>${string}`

type Facets = { published: unknown; received: unknown; replied: unknown; answered: unknown }

type Said<Events extends EventMap, T extends string, Name extends keyof Facets> = string extends keyof Events
  ? Facet<Events[keyof Events & string], Name>
  : [KeyOf<Events, T>] extends [never]
    ? Untyped
    : Facet<Events[KeyOf<Events, T>], Name>

type Facet<Value, Name extends keyof Facets> = 0 extends 1 & Value
  ? Untyped
  : Value extends { readonly [declared]: Facets }
    ? Value[typeof declared][Name]
    : Name extends 'published' | 'received'
      ? Value
      : Untyped

/** The keys of the map that speak of topic or pattern `T`: of a topic one, of a pattern all that have a topic with it. */
type KeyOf<Events extends EventMap, T extends string> = string extends T
  ? never
  : T extends Wild
    ? Overlapping<keyof Events & string, T>
    : T extends keyof Events
      ? T
      : Closest<Overlapping<Extract<keyof Events & string, Wild>, T>, T>

type TopicOfKey<Key extends string, T extends string> = T extends Wild ? Spelt<Key> : T

/** The topics that a key stands for. */
type Spelt<Key extends string> = Key extends `${infer Token}.${infer Rest}`
  ? `${SpeltToken<Token>}.${Spelt<Rest>}`
  : SpeltToken<Key>

type SpeltToken<Token extends string> = Token extends '*' | '>' ? string : Token

type Overlapping<Keys extends string, T extends string> = Keys extends string
  ? IsReserved<Keys, T> extends true
    ? never
    : Overlap<Keys, T> extends true
      ? Keys
      : never
  : never

/** Whether one of the two is a topic that belongs to the broker, and the other a pattern that does not match such. */
type IsReserved<A extends string, B extends string> = A extends `$${string}`
  ? B extends `${'*' | '>'}${string}`
    ? true
    : false
  : B extends `$${string}`
    ? A extends `${'*' | '>'}${string}`
      ? true
      : false
    : false

/** Whether there is a topic that two topics or patterns have in common. */
type Overlap<A extends string, B extends string> = A extends '>'
  ? true
  : B extends '>'
    ? true
    : A extends `${infer AToken}.${infer ARest}`
      ? B extends `${infer BToken}.${infer BRest}`
        ? OverlapToken<AToken, BToken> extends true
          ? Overlap<ARest, BRest>
          : false
        : false
      : B extends `${string}.${string}`
        ? false
        : OverlapToken<A, B>

type OverlapToken<A extends string, B extends string> = A extends '*' | B ? true : B extends '*' | A ? true : false

/**
 * Of the patterns that match topic `T`, the one that says most of it: from the first token on, a token that is spelt out
 * goes before `*`, and that before `>`.
 */
type Closest<
  Keys extends string,
  T extends string,
  Before extends string = '',
> = T extends `${infer Token}.${infer Rest}`
  ? [StartingWith<Keys, `${Before}${Token}`>] extends [never]
    ? [StartingWith<Keys, `${Before}*`>] extends [never]
      ? Keys
      : Closest<StartingWith<Keys, `${Before}*`>, Rest, `${Before}*.`>
    : Closest<StartingWith<Keys, `${Before}${Token}`>, Rest, `${Before}${Token}.`>
  : [Extract<Keys, `${Before}${T}`>] extends [never]
    ? [Extract<Keys, `${Before}*`>] extends [never]
      ? Keys
      : Extract<Keys, `${Before}*`>
    : Extract<Keys, `${Before}${T}`>

type StartingWith<Keys extends string, Before extends string> = Extract<Keys, `${Before}.${string}`>
