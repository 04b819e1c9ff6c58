import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { messages } from './build/messages.ts'
import { precompress } from './build/precompress.ts'
import { worker } from './build/worker.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** What every page needs, and what a report needs: two files each instead of fifty, as every request has its headers and its way. */
const together = [
  { name: 'vue', test: /node_modules\/(@?vue|vue-router|vue-i18n|@intlify)\// },
  { name: 'base', test: /\/src\/(App|components\/(AppButton|AppField|ErrorNote|StatusLight|TagChip|TextInput|ToastHost)|composables\/(useAction|useFormat|useLoad|useSession|useTheme|useToasts)|api\/(client|session)|frame\/LookMenu|offline\/|paths)|createLucideIcon|plugin-vue:export-helper|preload-helper/ },
  { name: 'street', test: /\/src\/(report\/(?!Follow|Answer)|photos\/|api\/(reports|understanding|photos)|map\/(useGround|layerPaint))/ },
]
const node = process.env.QUANYU_URL ?? 'http://127.0.0.1:8100'

export default defineConfig({
  plugins: [vue(), messages(here('./src/messages')), worker(here('./worker/sw.js')), precompress()],
  resolve: { alias: { '@': here('./src'), '@connect': here('../src/quanyu/connect/messages'), '@govern': here('../src/quanyu/govern/messages') } },
  define: { __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  worker: { format: 'es' },
  build: {
    outDir: here('../src/quanyu/app/static'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { output: { codeSplitting: { groups: together } } },
  },
  server: { fs: { allow: [here('..')] }, proxy: { '/api': node, '/healthz': node, '/readyz': node, '/catalog': node } },
})
