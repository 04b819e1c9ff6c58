import type { Account } from './accounts'
import { api, ApiError, type Page, type Query } from './client'

const rows = async <T>(path: string, query: Query, signal?: AbortSignal): Promise<T[]> => (await api.get<Page<T>>(path, query, signal)).items
const any = async (path: string, query: Query, signal?: AbortSignal) => (await rows(path, { limit: 1, ...query }, signal)).length > 0
const datasets = (signal?: AbortSignal) => any('/api/v1/datasets', {}, signal)
const cases = (query: Query, signal?: AbortSignal) => any('/api/v1/cases', query, signal)
/** Somebody has a post beside the one administrator who begins. */
const staffed = async (signal: AbortSignal) => (await rows<Account>('/api/v1/accounts', { limit: 20 }, signal)).filter((one) => one.roles.length).length > 1

/** What a node has already of what a city begins with; null: this reader may not see it. */
export interface Begun {
  bodies: boolean | null
  people: boolean | null
  data: boolean | null
  case: boolean | null
  closed: boolean | null
}

/** null where the reader has no right to know; any other fault stays one. */
const known = (asking: Promise<boolean>): Promise<boolean | null> =>
  asking.catch((cause: unknown) => (cause instanceof ApiError && cause.denied ? null : Promise.reject(cause)))

export async function readBegun(signal: AbortSignal): Promise<Begun> {
  const [bodies, people, data, reported, closed] = await Promise.all([
    known(any('/api/v1/organisations', {}, signal)),
    known(staffed(signal)),
    known(datasets(signal)),
    known(cases({}, signal)),
    known(cases({ open: false }, signal)),
  ])
  return { bodies, people, data, case: reported, closed }
}

/** Neither a dataset nor a case; who may not see them is not told so. */
export const isNothingThere = async (): Promise<boolean> =>
  (await Promise.all([datasets(), cases({})]).catch(() => [true])).every((there) => !there)

export const leaveDemo = () => api.post<void>('/api/v1/demo/departure')
