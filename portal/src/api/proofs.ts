import { sendRaw } from './client'
import type { Proven } from './nodes'

/** Whether a proof file is whole. Its bytes go as they are: each one counts. */
export const verifyProof = (file: Blob) => sendRaw<Proven>('/api/v1/messages/proof/verification', file, 'application/octet-stream')
