/** The one way to the node: JSON in and out, problems (RFC 9457) as `ApiError`. */

export interface Fault {
  where: string
  message: string
}

interface Problem {
  type?: string
  title?: string
  detail?: string
  faults?: Fault[]
  trace?: string
}

export class ApiError extends Error {
  readonly since = new Date()

  constructor(
    readonly status: number,
    message: string,
    readonly faults: Fault[] = [],
    readonly trace: string = '',
    /** The last part of the problem's type, e.g. `identity.code_needed`. */
    readonly kind: string = '',
  ) {
    super(message)
  }

  get denied(): boolean {
    return this.status === 403
  }

  get signedOut(): boolean {
    return this.status === 401
  }
}

type Said = string | number | boolean | null | undefined
/** A list is said once for each of its members. */
export type Query = Record<string, Said | readonly string[]>

export interface Page<T> {
  items: T[]
  next: string | null
  total?: number | null
}

/** `titles`: what the catalogue calls the datasets of the items, also those that the reader may not see themselves. */
export interface TitledPage<T> extends Page<T> {
  titles?: Record<string, string>
}

interface Asking {
  query?: Query
  body?: unknown
  /** The version that the change was made from; another one since then is a conflict. */
  version?: number
  /** The same key again changes nothing: a double tap, or sending once more after a cut, is one act. */
  key?: string
  signal?: AbortSignal
  /** Signs somebody in: a refusal is the answer. */
  enters?: boolean
}

let signInAgain: () => Promise<boolean> = () => Promise.resolve(false)

/** Tells the client whom to ask when the session has ended; the answer is whether the same person is back. */
export function whenSignedOut(ask: () => Promise<boolean>): void {
  signInAgain = ask
}

/** What was refused because the session has ended waits until the person has signed in, and is then sent as it was: no form is lost, none filled in twice. */
export async function withSession<T extends { status: number }>(send: () => Promise<T>): Promise<T> {
  const answer = await send()
  return answer.status === 401 && (await signInAgain()) ? send() : answer
}

export function address(path: string, query: Query = {}): string {
  const said = Object.entries(query).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const))
  const given = said.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return search.size ? `${path}?${search}` : path
}

export function commonHeaders(): Record<string, string> {
  return { Accept: 'application/json', 'Accept-Language': document.documentElement.lang, 'X-Requested-With': 'portal' }
}

/** One request, and its answer where it is no error. */
export async function reach(path: string, given: RequestInit & { headers?: Record<string, string> } = {}, enters = false): Promise<Response> {
  const send = () =>
    fetch(path, { ...given, headers: { ...commonHeaders(), ...given.headers } }).catch((cause: unknown) => {
      if (given.signal?.aborted) throw cause
      throw new ApiError(0, '')
    })
  const response = await (enters ? send() : withSession(send))
  if (!response.ok) throw failure(response.status, await response.text(), response.headers.get('X-Trace-Id'))
  return response
}

async function ask<T>(method: string, path: string, { query, body, version, key, signal, enters }: Asking = {}): Promise<T> {
  const headers: Record<string, string> = {}
  if (version !== undefined) headers['If-Match'] = `"${version}"`
  if (key) headers['Idempotency-Key'] = key
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const response = await reach(address(path, query), { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) }, enters)
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

/** A file or a text as it is, for routes that read more than JSON. */
export async function sendRaw<T>(path: string, content: Blob | string, type: string): Promise<T> {
  const response = await reach(path, { method: 'POST', headers: { 'Content-Type': type }, body: content })
  return (await response.json()) as T
}

/** Reads a problem document; an answer that is none still becomes an error with its status. */
export function failure(status: number, text: string, trace: string | null = null): ApiError {
  const problem = parseProblem(text)
  const message = problem.detail ?? problem.title ?? ''
  const kind = problem.type?.split(':').pop() ?? ''
  return new ApiError(status, message, problem.faults ?? [], trace ?? problem.trace ?? '', kind)
}

function parseProblem(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => ask<T>('GET', path, { query, signal }),
  post: <T>(path: string, body?: unknown, version?: number) => ask<T>('POST', path, { body: body ?? {}, version }),
  enter: <T>(path: string, body: unknown) => ask<T>('POST', path, { body, enters: true }),
  /** Asks with a body; nothing changes. */
  ask: <T>(path: string, body: unknown, signal: AbortSignal) => ask<T>('POST', path, { body, signal }),
  put: <T>(path: string, body: unknown, key?: string) => ask<T>('PUT', path, { body, key }),
  send: <T>(path: string, body: unknown, key: string) => ask<T>('POST', path, { body, key }),
  patch: <T>(path: string, body: unknown, version?: number) => ask<T>('PATCH', path, { body, version }),
  delete: <T>(path: string) => ask<T>('DELETE', path),
}

/** For `Idempotency-Key`; unlike `randomUUID` also where the page came without TLS. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** A path segment made of data: dataset names and entity ids hold colons, slashes and Chinese. */
export const segment = encodeURIComponent
