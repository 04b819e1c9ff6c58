import { api, segment, type Page } from './client'

interface Titled {
  name: string
  title_zh: string
  title_en: string
}

export interface ModelAttribute extends Titled {
  type: string
  unit?: string | null
}

export interface DataModel extends Titled {
  attributes: ModelAttribute[]
}

const path = '/api/v1/standards/models'

export const listModels = async (signal: AbortSignal): Promise<Titled[]> => (await api.get<Page<Titled>>(path, undefined, signal)).items
export const readModel = (name: string, signal: AbortSignal) => api.get<DataModel>(`${path}/${segment(name)}`, undefined, signal)
