import type { MapLayer } from './map'

/** What of a layer has changed. */
export type Risen = Pick<MapLayer, 'id' | 'version' | 'count' | 'bbox' | 'modified'>

/** `whole`: these are all layers there are for this reader. */
export interface LayerNews {
  whole: boolean
  layers: Risen[]
}

interface Hearing {
  layers: (news: LayerNews) => void
  cases: () => void
  /** Anything at all, a mere beat too. */
  beat: () => void
  /** `over`: the browser does not try again by itself. */
  lost: (over: boolean) => void
}

/** Opens the stream of what is live; answers how to close it. After a cut the browser asks on by itself, with the last id. */
export function hearLive(hearing: Hearing): () => void {
  const source = new EventSource('/api/v1/live')
  source.addEventListener('open', () => hearing.beat())
  source.addEventListener('beat', () => hearing.beat())
  source.addEventListener('layers', (event: MessageEvent<string>) => {
    hearing.beat()
    hearing.layers(JSON.parse(event.data) as LayerNews)
  })
  source.addEventListener('cases', () => {
    hearing.beat()
    hearing.cases()
  })
  source.addEventListener('error', () => hearing.lost(source.readyState === EventSource.CLOSED))
  return () => source.close()
}
