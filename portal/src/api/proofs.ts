import { commonHeaders, failure, ApiError } from './client'
import type { Proven } from './nodes'

/** Whether a proof file is whole. Its bytes go as they are: each one counts. */
export async function verifyProof(file: Blob): Promise<Proven> {
  const response = await fetch('/api/v1/messages/proof/verification', {
    method: 'POST',
    headers: { ...commonHeaders(), 'Content-Type': 'application/octet-stream' },
    body: file,
  }).catch(() => {
    throw new ApiError(0, '')
  })
  const text = await response.text()
  if (!response.ok) throw failure(response.status, text, response.headers.get('X-Trace-Id'))
  return JSON.parse(text) as Proven
}
