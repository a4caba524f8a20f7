/** A loader whose calls end when the test says. */
export class Gate<V> {
  readonly calls: {
    readonly signal: AbortSignal
    readonly resolve: (value: V) => void
    readonly reject: (error: unknown) => void
  }[] = []

  readonly loader = ({ signal }: { readonly signal: AbortSignal }): Promise<V> =>
    new Promise((resolve, reject) => this.calls.push({ signal, resolve, reject }))
}
