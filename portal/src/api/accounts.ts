import { api, segment, type Page, type Query } from './client'

export interface Account {
  id: string
  login: string
  name: string
  organisation: string | null
  language: string
  state: 'active' | 'disabled' | 'must_change'
  roles: string[]
  second_factor: boolean
  created: string
}

export interface Role {
  name: string
  zh: string
  en: string
  administrator: boolean
  actions: Record<string, string[]>
}

export interface Action {
  name: string
  kind: string
  zh: string
  en: string
  grantable: boolean
}

export interface OneTimePassword {
  account: Account
  password: string
}

export interface Token {
  id: string
  name: string
  scopes: string[]
  created: string
  expires: string
  used: string | null
}

const accounts = '/api/v1/accounts'
const tokens = '/api/v1/tokens'
const one = (id: string) => `${accounts}/${segment(id)}`

export const listAccounts = (query: Query, signal: AbortSignal) => api.get<Page<Account>>(accounts, query, signal)
export const readAccount = (id: string, signal: AbortSignal) => api.get<Account>(one(id), undefined, signal)
export const createAccount = (account: { login: string; name: string; organisation: string | null; roles: string[] }) =>
  api.post<OneTimePassword>(accounts, account)
/** To an empty one: of no body. */
export const changeBody = (id: string, organisation: string) => api.patch<Account>(one(id), { organisation })
export const disableAccount = (id: string, disabled: boolean) => api.patch<Account>(one(id), { disabled })
export const resetPassword = (id: string) => api.post<OneTimePassword>(`${one(id)}/password`)
export const setRoles = (id: string, roles: string[]) => api.put<Account>(`${one(id)}/roles`, { roles })
export const listRoles = async (signal: AbortSignal): Promise<Role[]> =>
  (await api.get<Page<Role>>('/api/v1/roles', undefined, signal)).items
export const listActions = async (signal: AbortSignal): Promise<Action[]> =>
  (await api.get<Page<Action>>('/api/v1/actions', undefined, signal)).items
export const listTokens = (query: Query, signal: AbortSignal) => api.get<Page<Token>>(tokens, query, signal)
export const createToken = (token: { name: string; scopes: string[]; days: number }) =>
  api.post<{ token: Token; secret: string }>(tokens, token)
export const revokeToken = (id: string) => api.delete<void>(`${tokens}/${segment(id)}`)
