import { api, segment, type Page, type Query } from './client'

export interface Organisation {
  id: string
  name: string
  parent: string | null
  name_en: string | null
  region: string | null
  credit_code: string | null
}

const path = '/api/v1/organisations'

export const pageOfOrganisations = (query: Query, signal: AbortSignal) => api.get<Page<Organisation>>(path, query, signal)
/** All rows of a CSV or none; returns how many. */
export const takeOrganisations = async (csv: string): Promise<number> => (await api.post<{ organisations: number }>(`${path}/import`, { csv })).organisations
export const putOrganisation = ({ id, ...body }: Organisation) => api.put<Organisation>(`${path}/${segment(id)}`, body)
