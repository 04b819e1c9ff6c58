import { ref } from 'vue'

interface RowKeys {
  count: () => number
  open: (index: number) => void
  tick?: (index: number) => void
  moved: (index: number) => void
}

/** Arrow keys, j/k, Home, End, Page keys move the active row; Enter opens it, x ticks it. */
export function useRowKeys({ count, open, tick, moved }: RowKeys) {
  const active = ref(-1)
  const page = 10
  const moves: Record<string, (index: number) => number> = {
    ArrowDown: (index) => index + 1,
    j: (index) => index + 1,
    ArrowUp: (index) => index - 1,
    k: (index) => index - 1,
    PageDown: (index) => index + page,
    PageUp: (index) => index - page,
    Home: () => 0,
    End: () => count() - 1,
  }

  function onKey(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const move = moves[event.key]
    if (event.key === 'Enter' && active.value >= 0) open(active.value)
    else if (event.key === 'x' && active.value >= 0) tick?.(active.value)
    else if (move) {
      event.preventDefault()
      active.value = Math.max(0, Math.min(count() - 1, move(active.value)))
      moved(active.value)
    }
  }
  return { active, onKey }
}
