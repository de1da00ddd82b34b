// The search of the theme runs in a worker. This changes two things about it.
{
  // Browsers refuse workers to a page that was opened from a file: a hidden frame takes the place of one there. The theme
  // knows such a worker by its name, and would load one from another host.
  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.inside.importScripts = (...urls) => urls.reduce((before, one) => before.then(() => this.load(one)), Promise.resolve());
      this.loaded = this.load(url);
    }

    load(url) {
      return new Promise((resolve, reject) => {
        const script = this.inside.document.createElement("script");
        script.onload = resolve;
        script.onerror = reject;
        script.src = url;
        this.inside.document.body.append(script);
      });
    }

    postMessage(data) {
      this.loaded.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })));
    }
  }
  if (location.protocol === "file:") window.Worker = window.IFrameWorker = IFrameWorker;

  // The theme looks for each word of a query as a prefix: `a` would find every word that begins with it. And words are
  // indexed without the punctuation of code around them, and each word of a camelCase name by itself.
  const idle = /^(a|an|and|are|by|can|do|does|for|how|i|in|is|it|kubectl|mean|means|my|need|needs|of|on|or|the|to|what|which|with)$/i;
  const wordsOf = (query) => {
    const words = query.split(/[\s.,:()[\]`/=?]+|(?!\b)(?=[A-Z][a-z])/).filter(Boolean);
    const telling = words.filter((word) => !idle.test(word));
    return (telling.length ? telling : words).join(" ");
  };
  window.Worker = class extends window.Worker {
    postMessage(message, ...rest) {
      // Of the theme's messages, only a query has a text.
      super.postMessage(typeof message?.data === "string" ? { ...message, data: wordsOf(message.data) } : message, ...rest);
    }
  };
}
