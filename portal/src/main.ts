import { createApp } from 'vue'
import { whenSignedOut } from './api/client'
import App from './App.vue'
import { askToSignInAgain, findNode } from './composables/useSession'
import { chosenLanguage, i18n, speak } from './i18n'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/menu.css'
import './styles/page.css'
import './styles/sideways.css'

whenSignedOut(askToSignInAgain)
await Promise.all([speak(chosenLanguage()), findNode()])
createApp(App).use(i18n).use(router).mount('#app')
