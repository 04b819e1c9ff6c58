import { address, api, segment, sendRaw } from './client'
import type { CasePlace } from './reports'

/** `place` is what the camera wrote into the picture, WGS-84; the stored one carries nothing of it. */
export interface Photo {
  id: string
  width: number | null
  height: number | null
  place: CasePlace | null
  taken: string | null
}

export const documentType = 'application/pdf'

export interface CasePhoto {
  id: string
  /** JPEG, or `documentType`. */
  media_type: string
  stage: 'report' | 'before' | 'after' | 'photo'
  at: string
  by?: string
}

/** The same picture sent again is the same photo. */
export async function sendPhoto(picture: Blob): Promise<Photo> {
  return (await sendRaw<{ items: [Photo] }>('/api/v1/photos', picture, picture.type || 'image/jpeg')).items[0]
}

export const listCasePhotos = async (number: string, signal: AbortSignal): Promise<CasePhoto[]> =>
  (await api.get<{ items: CasePhoto[] }>(`/api/v1/cases/${segment(number)}/photos`, undefined, signal)).items
export const casePhotoAddress = (number: string, id: string, size?: 'small') => address(`/api/v1/cases/${segment(number)}/photos/${segment(id)}`, { size })
export const reportPhotoAddress = (number: string, follow: string, id: string, size?: 'small') => address(`/api/v1/reports/${segment(number)}/photos/${segment(id)}`, { follow, size })
