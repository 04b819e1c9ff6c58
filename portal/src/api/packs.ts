import type { Light } from '@/components/StatusLight.vue'
import { api, segment, sendRaw } from './client'

type Texts = Record<string, string>

export interface Pack {
  name: string
  origin: string
  state: 'on' | 'off' | 'broken' | 'gone'
  /** What it brought runs here, also where it is broken or gone. */
  enabled: boolean
  titles: Texts
  about: Texts
  version: string
  grade: string
  fault: string | null
  /** What its process last failed at since the pack was switched on. */
  trouble: { reason: 'late' | 'memory' | 'ended' | 'tables'; where: string; at: string } | null
  changed: string | null
  author: string | null
  brings: Record<string, number> | null
}

export interface Verdict {
  grade: string
  findings: { check: string; grade: string; where: string; message: string }[]
}

/** A thing a city sets of a pack. `names`: what of the city a text names. `usual`: as the pack has it. */
export interface PackSetting {
  name: string
  kind: 'number' | 'text' | 'flag'
  titles: Texts
  unit: string | null
  minimum: number | null
  maximum: number | null
  names: string | null
  usual: number | string | boolean
  value: number | string | boolean
}

/** What came of the file of another city. `taken`: what is in force then, by place; `adapt`: what is not here, by place. */
export interface Arrival {
  city: string
  version: string
  taken: string[]
  adapt: { where: string; kind: string; value: string }[]
}

const path = (name: string) => `/api/v1/packs/${segment(name)}`

export const listPacks = async (signal: AbortSignal) => (await api.get<{ items: Pack[] }>('/api/v1/packs', {}, signal)).items
export const switchPack = (name: string, enabled: boolean) => api.put<Pack>(`${path(name)}/state`, { enabled })
export const packSettings = async (name: string, signal: AbortSignal) => (await api.get<{ items: PackSetting[] }>(`${path(name)}/settings`, {}, signal)).items
/** What is left out is as the pack has it. */
export const savePackSettings = (name: string, said: Record<string, PackSetting['value']>) => api.put<unknown>(`${path(name)}/settings`, said)
/** What this city made of the pack, as a file for another. */
export const packAddress = (name: string) => `${path(name)}/export`
/** `preview`: it is told what would come of it, and nothing changes. */
export const bringPack = (name: string, file: Blob, preview: boolean) => sendRaw<Arrival>(`${path(name)}/import?preview=${preview}`, file, 'application/json')
export const checkPack = (name: string) => api.get<Verdict>(`${path(name)}/check`)

/** One of several: the `value` of each row of a route (its keys where `items` is no list), or those that are written. */
export interface Choice {
  name: string
  route?: string
  items?: string
  value?: string
  values?: string[]
  /** Behind each. */
  unit?: string
  /** What each is called, where that is not its value: fields of its row. */
  label?: string[]
  /** Not what was chosen under this name. */
  unlike?: string
}

/** What a form asks for: a choice, of `flag` between true and false; hours of the day from and until; a text, of `lines` or one line. */
export interface Field extends Choice {
  kind?: 'date' | 'hours' | 'number' | 'text' | 'lines' | 'flag' | 'body'
  required?: boolean
  /** The word that names it where its own name says something else; of a number what stands there first, and what is written behind. */
  title?: string
  usual?: number
  units?: Texts
  /** Of a date that stands there first: the first of the page's month, else its day. */
  from?: 'month'
}

export interface UnitBy {
  by: string
  units: Record<string, string | Texts>
}

/** Where the records behind a number lie: a block of this page, or of the pack's page `view`; `with` by name what is chosen there, from
    a field of the row, `is` what is the same for every row. */
export interface Opening {
  view?: string
  block?: string
  with?: Record<string, string>
  is?: Record<string, string>
}

export interface Block {
  kind: 'table' | 'figures' | 'bars' | 'map' | 'replay' | 'form'
  route: string
  /** Where the rows lie in the answer, `a.b` within each a; `items` unless said. Of bars: an object of numbers. */
  items?: string
  /** `a.b` is b within a. */
  columns?: string[]
  /** Of a replay: where in the answer those rows lie that are on the map all the time. */
  marks?: string[]
  /** Of a map or a replay: where in a row its GeoJSON lies, `geometry` unless said. */
  place?: string
  values?: string[]
  /** By column the name that it has here, where its own says something else. */
  heads?: Record<string, string>
  /** Above it, below that what it says and where from, and what it means that it is empty. */
  titles?: Texts
  notes?: Texts
  none?: Texts
  /** By column the field with the id, or ids, of a thing that it opens on the map. */
  links?: Record<string, string>
  /** By column the light of each of its codes: a state is shape, word and colour. Of a map: the one field by which its points are told
      apart. */
  lights?: Record<string, Record<string, Light>>
  /** `%` is a share, `s` seconds, `min` minutes, `h` hours, `m` metres, `¥` yuan, anything else is written behind the number; by another field of the row
      where it has one for each of its codes. */
  units?: Record<string, string | Texts | UnitBy>
  /** What figures that open it call it, and by which fields of its rows they may ask for some of them. */
  name?: string
  only?: string[]
  /** Of figures: the field of the answer with their time, else when it came; where they are from; by figure the block with its records; by column, or of
      bars under the name of their items, where they lie. */
  at?: string
  source?: Texts
  opens?: Record<string, string | Opening>
  /** Of bars: the value that fills the width. */
  most?: number
  /** Of a form, sent to its route: what it asks for, and what the reader has chosen for the page. */
  fields?: Field[]
  sends?: string[]
  submit?: Texts
  done?: Texts
  /** Who may not do this sees no form. */
  action?: string
  /** A row can be taken away at this route by who may. */
  remove?: { route: string; action: string; titles: Texts }
}

export interface PackView {
  pack: string
  name: string
  kind: 'layer' | 'card' | 'page'
  titles: Texts
  /** `day`: a route that says with `last` which day is shown first. `choose`: what the reader chooses for the whole page. `bodies`: the names whose values are codes of bodies. */
  body: { blocks?: Block[]; choose?: Choice[]; bodies?: string[]; type?: string; day?: string }
}

export const listPackViews = (signal: AbortSignal) => api.get<{ items: PackView[]; messages: Record<string, string> }>('/api/v1/pack-views', {}, signal)
export const askBlock = (route: string, signal: AbortSignal) => api.get<Record<string, unknown>>(route, {}, signal)
export const sendForm = (route: string, said: Record<string, unknown>) => api.post<unknown>(route, said)
export const removeRow = (route: string) => api.delete<unknown>(route)
