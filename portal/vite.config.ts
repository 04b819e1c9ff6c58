import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'
import { worker } from './build/worker.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const node = process.env.QUANYU_URL ?? 'http://127.0.0.1:8100'

export default defineConfig({
  plugins: [vue(), worker(here('./worker/sw.js')), precompress()],
  resolve: { alias: { '@': here('./src'), '@connect': here('../src/quanyu/connect/messages'), '@govern': here('../src/quanyu/govern/messages') } },
  define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  worker: { format: 'es' },
  build: {
    outDir: here('../src/quanyu/app/static'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  server: { fs: { allow: [here('..')] }, proxy: { '/api': node, '/healthz': node, '/readyz': node, '/catalog': node } },
})
