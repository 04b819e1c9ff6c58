import { api, type Page } from './client'

const any = async (path: string, query: Record<string, string | number>, signal: AbortSignal) => (await api.get<Page<unknown>>(path, { limit: 1, ...query }, signal)).items.length > 0

/** What a node has already of what a city begins with; null: this reader may not see it. */
export interface Begun {
  bodies: boolean | null
  people: boolean | null
  data: boolean | null
  case: boolean | null
}

export async function readBegun(signal: AbortSignal): Promise<Begun> {
  const known = (asking: Promise<boolean>) => asking.catch(() => null)
  const [bodies, people, data, found] = await Promise.all([
    known(any('/api/v1/organisations', {}, signal)),
    known(api.get<Page<unknown>>('/api/v1/accounts', { limit: 2 }, signal).then((page) => page.items.length > 1)),
    known(any('/api/v1/datasets', {}, signal)),
    known(any('/api/v1/cases', {}, signal)),
  ])
  return { bodies, people, data, case: found }
}

export const leaveDemo = () => api.post<void>('/api/v1/demo/departure')
