import type { Source } from '@/api/sources'

export interface SourceField {
  name: string
  required?: boolean
  secret?: boolean
  example?: string
  parse?: (text: string) => unknown
}

const user: SourceField = { name: 'user' }
const password: SourceField = { name: 'password', secret: true }

/** The settings that most sources need, by kind; the rest is written with `quanyu source add`. */
export const sourceFields: Record<Source['kind'], readonly SourceField[]> = {
  http: [
    { name: 'url', required: true, example: 'https://' },
    { name: 'records', example: 'data.items' },
    user,
    password,
    { name: 'token', secret: true },
  ],
  sql: [
    { name: 'url', required: true, example: 'postgresql://reader@host/database' },
    { name: 'table' },
    { name: 'query' },
    { name: 'watermark', example: 'updated_at' },
    password,
  ],
  mqtt: [
    { name: 'host', required: true },
    { name: 'port', example: '1883', parse: Number },
    { name: 'topics', required: true, example: 'parking/#', parse: (text) => text.split(/[,，\s]+/).filter(Boolean) },
    user,
    password,
  ],
  folder: [
    { name: 'path', required: true, example: '/srv/incoming' },
    { name: 'pattern', example: '*.csv' },
  ],
  'ngsi-ld': [],
  jt808: [
    { name: 'host', example: '127.0.0.1' },
    { name: 'port', example: '8808', parse: Number },
  ],
}
