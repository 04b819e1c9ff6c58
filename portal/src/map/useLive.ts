import { onScopeDispose, ref, type Ref } from 'vue'
import { hearLive, type LayerNews } from '@/api/live'

export type Line = 'opening' | 'live' | 'cut'

/** Two beats and a little: longer silence means that the line is dead, whatever the browser believes. */
const silence = 25_000
const pause = 3_000

/** The stream of what is live, as long as somebody looks; opened again after every cut. `fresh` is asked where it has to begin anew. */
export function useLive(heard: { layers: (news: LayerNews) => void; cases: () => void; fresh: () => void }): Ref<Line> {
  const line = ref<Line>('opening')
  let close = () => {}
  let timer: ReturnType<typeof setTimeout> | undefined

  function open(): void {
    stop()
    later(silence)
    close = hearLive({
      layers: heard.layers,
      cases: heard.cases,
      beat: () => {
        line.value = 'live'
        later(silence)
      },
      lost: (over) => {
        line.value = 'cut'
        if (over) later(pause)
      },
    })
  }

  function later(wait: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      line.value = 'cut'
      heard.fresh()
      open()
    }, wait)
  }

  function stop(): void {
    clearTimeout(timer)
    close()
  }

  /** What the device knows is quicker than silence. */
  function onNetwork(): void {
    if (document.visibilityState !== 'visible') return stop()
    if (navigator.onLine) return open()
    stop()
    line.value = 'cut'
  }

  const changes: [EventTarget, string][] = [[document, 'visibilitychange'], [window, 'online'], [window, 'offline']]
  for (const [target, name] of changes) target.addEventListener(name, onNetwork)
  onNetwork()
  onScopeDispose(() => {
    for (const [target, name] of changes) target.removeEventListener(name, onNetwork)
    stop()
  })
  return line
}
