const settle = 0.5

/** Rate and seconds left of a sending, measured since it began; unknown in its first half second. */
export class Pace {
  private readonly began = performance.now()

  measure(done: number, total: number): { rate: number | null; remaining: number | null } {
    const seconds = (performance.now() - this.began) / 1000
    if (seconds < settle) return { rate: null, remaining: null }
    const rate = done / seconds
    return { rate, remaining: rate > 0 ? (total - done) / rate : null }
  }
}
