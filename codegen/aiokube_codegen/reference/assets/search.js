// The search of the reference: kinds, methods and fields, by their names and by parts of their paths.
//
// A query is cut into words, and what they cost beside the names that they stand for is added up; what costs least comes
// first.

"use strict";

(() => {
  const { BEGINNING, least, plain } = aiokubeNames;
  const { Index, breaks } = aiokubeIndex;
  // Costs of what is found.
  const ALIAS = 0.5; // a plural or a short name
  const FIELD = 3;
  const METHOD = 5;
  const GROUP = 8;
  const KIND_SHARE = 3; // Of how little known a kind is, for its own name: its fields and methods bear all of it.

  const SHOWN = 24;
  const FEW = 3; // With fewer hits, and none that is right to the letter, names that are similar count too.
  const MOST_WORDS = 6;
  // What stands before names in programs and commands.
  const PREFIXES = new Set(["await", "async", "for", "with", "kube", "client", "api", "self", "kr8s", "asyncio", "kubectl", "explain"]);
  // Words of questions.
  const STOP_WORDS = new Set(["a", "an", "the", "how", "to", "do", "does", "i", "is", "are", "of", "in", "what", "which", "mean", "means", "need", "needs"]);

  const lastOf = (list) => list[list.length - 1];

  /** The path of a list or map, of that of its items: they end in `[]` and `{}`. */
  const withoutItems = (path) => path.replace(/[[\]{}]+$/, "");

  /** An id for the end of an address. Brackets and braces stay readable there. */
  const fragment = (id) => encodeURIComponent(id).replace(/%5B/g, "[").replace(/%5D/g, "]").replace(/%7B/g, "{").replace(/%7D/g, "}");

  /** The cheapest hits, each once. */
  class Best {
    constructor(size) {
      this.size = size;
      this.hits = [];
    }

    get limit() {
      return this.hits.length < this.size ? Infinity : this.hits[this.hits.length - 1].cost;
    }

    add(hit) {
      if (hit.cost >= this.limit) return;
      const known = this.hits.findIndex((other) => other.key === hit.key);
      if (known >= 0) {
        if (this.hits[known].cost <= hit.cost) return;
        this.hits.splice(known, 1);
      }
      let at = this.hits.length;
      while (at > 0 && this.hits[at - 1].cost > hit.cost) at--;
      this.hits.splice(at, 0, hit);
      if (this.hits.length > this.size) this.hits.pop();
    }
  }

  /** The words of a query: lists of words that are tried, and what was written. A field's path ends in a dot to show
   * what is below it: the last word is empty then. */
  const wordsOf = (text) => {
    // Of a call, its name and a first argument that is a class or a text: `client.list(Pod, namespace=`.
    const call = /^([^(]*)\(\s*(?:["'](\w+)|([A-Z]\w*))?/.exec(text);
    const asked = (call ? `${call[1]} ${call[2] ?? call[3] ?? ""}` : text).replace(/\[[^\]]*\]?/g, "");
    const open = /[./]\s*$/.test(asked);
    let words = [];
    for (const match of asked.matchAll(/([^\s./:]+)/g)) {
      const word = plain(match[1]);
      if (word) words.push({ word, joins: /\s/.test(asked[match.index - 1] ?? ".") });
    }
    while (words.length > 1 && PREFIXES.has(words[0].word)) words.shift();
    if (words.length > 2) words = words.filter(({ word }) => !STOP_WORDS.has(word));
    words = words.slice(0, MOST_WORDS);
    // `liveness probe` may be one name.
    let lists = [[]];
    for (const { word, joins } of words) {
      const joined = joins && words.length < 5 ? lists.filter((list) => list.length) : [];
      lists = [
        ...lists.map((list) => [...list, word]),
        ...joined.map((list) => [...list.slice(0, -1), list[list.length - 1] + word]),
      ];
    }
    if (open && words.length) lists = lists.map((list) => [...list, ""]);
    return lists.filter((list) => list.length);
  };

  /** The hits of a query among all that is in the index. */
  class Query {
    constructor(index, text) {
      this.index = index;
      this.best = new Best(SHOWN);
      const lists = wordsOf(text);
      for (const words of lists) this._find(words, false);
      if (!this._isEnough) for (const words of lists) this._find(words, true);
    }

    get _isEnough() {
      const { hits } = this.best;
      return hits.length >= FEW || (hits.length > 0 && hits[0].cost < BEGINNING);
    }

    /** What to show of each hit, the best first. */
    shown() {
      return this.best.hits.map((hit) => this._shown(hit));
    }

    _find(words, similar) {
      this._findKinds(words.filter(Boolean), similar);
      this._findMethods(words, similar);
      this._findPeers(words, similar);
      if (this.index.hasFields) this._findFields(words, similar);
    }

    /** What the words cost for each kind, as its names or its group's; one of them has to be its own. */
    _kindCosts(words, similar) {
      const { kinds, groups, kindNames, groupNames } = this.index;
      const own = words.map((word) => kindNames.costs(word, similar));
      const ofGroups = words.map((word) => {
        const costs = groupNames.costs(word, similar);
        return groups.map(({ names }) => least(costs, names));
      });
      return Float32Array.from(kinds, ({ names, group }) => {
        let sum = 0;
        let isNamed = false;
        for (let at = 0; at < words.length; at++) {
          const mine = Math.min(own[at][names[0]], least(own[at], names) + ALIAS);
          const others = ofGroups[at][group] ?? Infinity;
          if (mine <= others && mine < Infinity) isNamed = true;
          sum += Math.min(mine, others);
        }
        return isNamed ? sum : Infinity;
      });
    }

    _findKinds(words, similar) {
      const { kinds, groups, groupNames } = this.index;
      this._kindCosts(words, similar).forEach((named, kind) => {
        const cost = named + kinds[kind].weight / KIND_SHARE;
        if (cost < this.best.limit) this.best.add({ cost, key: `kind ${kind}`, kind });
      });
      // A group-version is one name: `apps/v1`.
      const costs = groupNames.costs(words.join(""), similar);
      groups.forEach(({ names }, group) => {
        const cost = least(costs, names) + GROUP;
        if (cost < this.best.limit) this.best.add({ cost, key: `group ${group}`, group });
      });
    }

    /** One word at least names the method, and each other one the method, its kind or its group. */
    _findMethods(words, similar) {
      const { kinds, groups, kindNames, groupNames, methodNames, calls, callNames } = this.index;
      const ofMethods = words.map((word) => methodNames.costs(word, similar));
      const ofKinds = words.map((word) => kindNames.costs(word, similar));
      const ofGroups = words.map((word) => {
        const costs = groupNames.costs(word, similar);
        return groups.map(({ names }) => least(costs, names));
      });
      const owners = new Float32Array(words.length);
      kinds.forEach(({ names, group, methods, weight }, kind) => {
        if (!methods.length) return;
        let others = 0;
        for (let at = 0; at < words.length; at++) {
          owners[at] = Math.min(least(ofKinds[at], names), ofGroups[at][group]);
          if (owners[at] === Infinity) others++;
        }
        if (others > 1) return;
        for (const method of methods) {
          let cost = METHOD + weight;
          let isNamed = false;
          for (let at = 0; at < words.length; at++) {
            const mine = ofMethods[at][method];
            if (mine < owners[at]) isNamed = true;
            cost += Math.min(mine, owners[at]);
          }
          if (isNamed && cost < this.best.limit) this.best.add({ cost, key: `method ${kind} ${method}`, kind, method });
        }
      });
      if (words.length > 1 || !words[0]) return;
      const ofCalls = callNames.costs(words[0], similar);
      calls.forEach((_, call) => {
        const cost = ofCalls[call] + 2 * METHOD;
        if (cost < this.best.limit) this.best.add({ cost, key: `call ${call}`, call });
      });
    }

    /** Methods by their names in the official client, with or without the class before them. */
    _findPeers(words, similar) {
      const { kinds, peers, peerNames, peerClasses } = this.index;
      const name = lastOf(words);
      if (!name || words.length > 2) return;
      const costs = peerNames.costs(name, similar);
      const classes = words.length === 2 ? peerClasses.costs(words[0], similar) : null;
      peers.forEach(({ owner, kind, method }, peer) => {
        const cost = costs[peer] + (classes ? classes[owner] : 0) + METHOD + kinds[kind].weight;
        if (cost < this.best.limit) this.best.add({ cost, key: `method ${kind} ${method}`, kind, method, peer });
      });
    }

    /** Fields whose path has the words in their order and ends with the last one. */
    _findFields(words, similar) {
      const { index } = this;
      const before = words.slice(0, -1);
      const layer = before.length;
      const paths = layer ? this._paths(before, similar) : index.shortest;
      const { edgeCount, edgeName, edgeOwner } = index;
      const ofFields = index.fieldNames.costs(lastOf(words), similar);
      const reached = paths.cost[layer];
      for (let edge = 0; edge < edgeCount; edge++) {
        const cost = ofFields[edgeName[edge]] + reached[edgeOwner[edge]] + FIELD;
        if (cost >= this.best.limit) continue;
        const { kind, names } = paths.trace(layer, edgeOwner[edge]);
        this.best.add({ cost, key: edge, root: kind, names: [...names, edgeName[edge]] });
      }
    }

    _paths(words, similar) {
      const { index } = this;
      const roots = [index.anyKind];
      // The first word, or the first two, may name a kind: `deployment.spec`, `apps.deployment.spec`.
      for (let count = 1; count <= Math.min(2, words.length); count++) {
        roots.push(this._kindCosts(words.slice(0, count), similar));
      }
      index.asked.walk(words.map((word) => index.fieldNames.costs(word, similar)), roots);
      return index.asked;
    }

    _shown(hit) {
      const { index } = this;
      if (hit.names !== undefined) return this._field(hit);
      if (hit.call !== undefined) {
        const { call, url } = index.calls[hit.call];
        return { type: "method", title: lastOf(call.split(".")), path: call, where: "", url };
      }
      if (hit.kind === undefined) {
        const { title, url } = index.groups[hit.group];
        return { type: "group", title, path: "", where: "", url };
      }
      const { name, page, group, attribute, description } = index.kinds[hit.kind];
      const where = index.groups[group]?.title ?? "";
      const type = attribute ? "kind" : "type";
      if (hit.method === undefined) return { type, title: name, path: description, where, url: page };
      const method = index.methods[hit.method];
      return {
        type: "method",
        title: method,
        path: `kube.${attribute}.${method}`,
        where: hit.peer === undefined ? where : index.peers[hit.peer].name,
        url: `${page}#${fragment(`kube.${attribute}.${method}`)}`,
      };
    }

    _field({ root, names }) {
      const { index } = this;
      const steps = names.map((name) => index.fields[name]);
      const { name, page, group } = index.kinds[root];
      return {
        type: "field",
        title: withoutItems(lastOf(steps)),
        path: `${name}.${withoutItems(steps.join("."))}`,
        where: index.groups[group]?.title ?? "",
        url: this._addressOf(steps, page, name),
      };
    }

    /** The address of a field, which may be on another page than the kind, or even further. */
    _addressOf(steps, page, name) {
      let path = "";
      steps.forEach((step, at) => {
        path += path ? `.${step}` : step;
        const other = at < steps.length - 1 && this.index.cuts.get(page)?.get(withoutItems(path));
        if (other) {
          [page, name] = other;
          path = "";
        }
      });
      return `${page}#${fragment(`${name}.${withoutItems(path)}`)}`;
    }
  }

  // What runs for the first time is slow: these words run every part before a reader types.
  const WARM_UP = ["p", "pod", "spec.", "containerx.imagex", "list pods", "read_namespaced_pod"];

  const warmUp = async (index) => {
    const pause = breaks();
    for (const text of WARM_UP) {
      await pause();
      new Query(index, text);
    }
  };

  const index = new Index();
  let isReady;
  window.aiokubeSearch = {
    addKinds: (data) => index.addKinds(data),
    addFields: (data) => isReady(index.addFields(data).then(() => warmUp(index))),
    /** The most hits that are found. */
    most: SHOWN,
    /** A promise that fields are found, too. */
    ready: new Promise((resolve) => (isReady = resolve)),
    /** The best hits for a text, best first: type, title, path, where, and url relative to the start page. */
    find: (text) => new Query(index, text).shown(),
  };
})();
