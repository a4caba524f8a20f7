/** How brokers follow one on the other without anybody serving from a cache what is void. Times are by the broker's clock. */
export interface Leasing {
  /** Until when somebody may serve from a cache that hears of invalidations here and nowhere else. */
  readonly leasesUntil: number
  /** Members of a broker that was here before may serve until then as well. */
  follows(leasesUntil: number): void
  /** Gives no leases from here on: {@link leasesUntil} stays what it is. */
  stopLeasing(): void
}
