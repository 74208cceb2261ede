import { AppProvider, type App as AppServices } from './app-context'
import { Banner } from './ui/banner'
import { Dashboard } from './ui/dashboard'
import { Header } from './ui/header'
import { Login } from './ui/login'
import { NoticeList } from './ui/notice-list'

/** The whole page: the login form, or the house. */
export function App({ services }: { services: AppServices }) {
  const { phase } = services.hub.session.value
  const isInside = phase === 'open' || phase === 'reconnecting'
  return (
    <AppProvider value={services}>
      {isInside && <Header />}
      <Banner />
      {isInside ? <Dashboard /> : <Login />}
      <NoticeList />
    </AppProvider>
  )
}
