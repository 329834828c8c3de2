import { Component, type ComponentChildren } from "preact";
import { Button } from "./button.tsx";

/** Keeps a page's fault to the page; another page, or another try, begins anew. */
export class ErrorBoundary
  extends Component<{ readonly children: ComponentChildren; readonly page: string }> {
  override state: { readonly error?: Error } = {};

  static override getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(before: { readonly page: string }): void {
    if (before.page !== this.props.page && this.state.error) this.setState({ error: undefined });
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <div class="callout bad" role="alert">
        <div>
          <strong>This page failed</strong>
          <p>{error.message}</p>
          <p class="quiet">The rest of the dashboard works. Nothing was changed by this.</p>
        </div>
        <Button small icon="refresh" onClick={() => this.setState({ error: undefined })}>
          Try again
        </Button>
      </div>
    );
  }
}
