/** Renders a part of the page over a `FakeHub`, and finds things in it as a person or a test driver would. */
import { type ComponentChildren, render } from 'preact'
import { act } from 'preact/test-utils'
import { AppProvider, type App } from '../../src/app-context'
import { Directory } from '../../src/devices/directory'
import { Notices } from '../../src/ui/notices'
import { FakeHub } from './fake-hub'

export interface Page {
  hub: FakeHub
  services: App
  root: HTMLElement
  /** The element with a `data-testid`; an error when there is none. */
  get<Found extends HTMLElement = HTMLElement>(testId: string): Found
  find(testId: string): HTMLElement | null
  text(): string
}

export function makeServices(hub = new FakeHub()): App & { hub: FakeHub } {
  return { hub, directory: new Directory(hub), notices: new Notices() }
}

export async function renderPage(children: ComponentChildren, services = makeServices()): Promise<Page> {
  document.body.replaceChildren()
  const root = document.body.appendChild(document.createElement('div'))
  await perform(() => render(<AppProvider value={services}>{children}</AppProvider>, root))
  const find = (testId: string) => root.querySelector<HTMLElement>(`[data-testid="${testId}"]`)
  return {
    hub: services.hub,
    services,
    root,
    find,
    get: <Found extends HTMLElement>(testId: string) => {
      const found = find(testId)
      if (!found) throw new Error(`nothing on the page is called ${testId}:\n${root.innerHTML}`)
      return found as Found
    },
    text: () => root.textContent ?? '',
  }
}

/** Does something to the page and lets everything settle that follows from it without time passing. */
export async function perform(action: () => unknown): Promise<void> {
  await act(async () => {
    await action()
  })
  for (let round = 0; round < 5; round++) await act(async () => Promise.resolve())
}

export function click(element: HTMLElement): Promise<void> {
  return perform(() => element.click())
}

export function type(element: HTMLInputElement | HTMLSelectElement, value: string): Promise<void> {
  return perform(() => {
    element.value = value
    element.dispatchEvent(new Event(element instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }))
  })
}
