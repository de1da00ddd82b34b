// The search of the reference: kinds, methods and fields, by their names and by parts of their paths.
//
// A query is cut into words. Each word costs nothing where it is a name, and the more the less it is like it; what costs
// least comes first.
//
// Types and their fields are a graph without circles: a type comes before the types that have fields of it. So one walk
// from the last type to the first finds the cheapest path to each field, from a kind and by all words of the query.

"use strict";

(() => {
  // Costs of a word beside the name that it stands for.
  const BEGINNING = 10; // `liveness` for `livenessProbe`
  const WORD = 20; // `probe`, a word within the name
  const INSIDE = 30; // `ness`
  const SIMILAR = 40; // `livnesProbe`, and as much as EDIT for each mistake
  const EDIT = 6;
  const PER_LETTER = 0.2; // for letters that the name has besides, at most MOST_LETTERS of them
  const MOST_LETTERS = 20;
  // Costs of what is found.
  const ALIAS = 0.5; // a plural or a short name
  const FIELD = 3;
  const METHOD = 5;
  const GROUP = 8;
  const LEVEL = 2; // of a path, unless the query names it
  const KIND_SHARE = 3; // Of how little known a kind is, for its own name: its fields and methods bear all of it.
  const STATUS = 2; // below `status`: what is set there is seldom what is looked for
  const ORDER = 1e-3; // for each field before it

  const SHOWN = 24;
  const FEW = 3; // With fewer hits, and none that is right to the letter, names that are similar count too.
  const MOST_WORDS = 6;
  const SLICE_MS = 8; // of work between two breaks
  // What stands before names in programs and commands.
  const PREFIXES = new Set(["await", "async", "for", "with", "kube", "client", "api", "self", "kr8s", "asyncio", "kubectl", "explain"]);
  // Words of questions.
  const STOP_WORDS = new Set(["a", "an", "the", "how", "to", "do", "does", "i", "is", "are", "of", "in", "what", "which", "mean", "means", "need", "needs"]);

  /** Letters and digits in lower case: `livenessProbe`, `liveness_probe` and `LivenessProbe` are one name. */
  const plain = (name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

  const bit = (code) => 1 << (code % 31);

  const lettersOf = (text) => {
    let mask = 0;
    for (let at = 0; at < text.length; at++) mask |= bit(text.charCodeAt(at));
    return mask;
  };

  const countBits = (mask) => {
    let count = 0;
    for (let rest = mask; rest; rest &= rest - 1) count++;
    return count;
  };

  const mistakesAllowed = (length) => (length < 4 ? 0 : length < 6 ? 1 : length < 10 ? 2 : 3);

  let beforeLast = new Uint8Array(64);
  let last = new Uint8Array(64);
  let row = new Uint8Array(64);

  /** Edits between a word and a name or, if that is less, its beginning. Two letters that changed places are one edit. */
  const editsBetween = (word, name, most) => {
    const width = Math.min(name.length, word.length + most, 63);
    for (let j = 0; j <= width; j++) last[j] = j;
    for (let i = 1; i <= word.length; i++) {
      row[0] = i;
      let fewest = i;
      for (let j = 1; j <= width; j++) {
        const same = word[i - 1] === name[j - 1];
        let edits = Math.min(last[j - 1] + (same ? 0 : 1), last[j] + 1, row[j - 1] + 1);
        if (i > 1 && j > 1 && word[i - 1] === name[j - 2] && word[i - 2] === name[j - 1]) {
          edits = Math.min(edits, beforeLast[j - 2] + 1);
        }
        row[j] = edits;
        if (edits < fewest) fewest = edits;
      }
      if (fewest > most) return { edits: most + 1, isWhole: false };
      [beforeLast, last, row] = [last, row, beforeLast];
    }
    const whole = width === name.length ? last[width] : most + 1;
    let beginning = most + 1;
    for (let j = Math.max(1, word.length - most); j <= width; j++) beginning = Math.min(beginning, last[j]);
    return { edits: Math.min(whole, beginning), isWhole: whole <= beginning };
  };

  /** Names that words are compared with. What they cost for the last words is kept: the next keystroke asks again. */
  class Names {
    constructor() {
      this.plain = [];
      this.starts = []; // positions where words begin, as bits
      this.letters = [];
      this.known = new Map();
    }

    /** Add names, and return where they begin and end. */
    addAll(names) {
      const first = this.plain.length;
      for (const name of names) this.add(name);
      return [first, this.plain.length];
    }

    add(name) {
      let starts = 0;
      let text = "";
      let fresh = true;
      for (const letter of name) {
        if (!/[\p{L}\p{N}]/u.test(letter)) {
          fresh = true;
          continue;
        }
        const lower = letter.toLowerCase();
        // The last capital of several begins a word: the P of `podIPs` is within one.
        if ((fresh || lower !== letter) && text.length < 31) starts |= 1 << text.length;
        fresh = false;
        text += lower;
      }
      this.plain.push(text);
      this.starts.push(starts);
      this.letters.push(lettersOf(text));
      return this.plain.length - 1;
    }

    /** The cost of each name for a word; Infinity where it is another. */
    costs(word, similar) {
      const key = similar ? `~${word}` : word;
      let costs = this.known.get(key);
      if (!costs) {
        if (similar) costs = this._withSimilar(word, this.costs(word, false));
        else costs = this._exact(word);
        if (this.known.size > 16) this.known.delete(this.known.keys().next().value);
        this.known.set(key, costs);
      }
      return costs;
    }

    _exact(word) {
      const costs = new Float32Array(this.plain.length);
      for (let id = 0; id < costs.length; id++) costs[id] = this._cost(word, id);
      return costs;
    }

    _cost(word, id) {
      const name = this.plain[id];
      const at = name.indexOf(word);
      if (at < 0) return Infinity;
      const rest = name.length - word.length;
      if (!rest) return 0;
      const letters = PER_LETTER * Math.min(rest, MOST_LETTERS);
      if (!at) return BEGINNING + letters;
      for (let next = at; next >= 0 && next < 31; next = name.indexOf(word, next + 1)) {
        if (this.starts[id] & (1 << next)) return WORD + letters;
      }
      return word.length > 2 ? INSIDE + letters : Infinity;
    }

    _withSimilar(word, exact) {
      const most = mistakesAllowed(word.length);
      if (!most) return exact;
      const costs = exact.slice();
      const letters = lettersOf(word);
      for (let id = 0; id < costs.length; id++) {
        const name = this.plain[id];
        // An edit brings in one letter that the name lacks, at most.
        if (costs[id] < Infinity || name.length < word.length - most || countBits(letters & ~this.letters[id]) > most) continue;
        const { edits, isWhole } = editsBetween(word, name, most);
        if (edits > most) continue;
        const rest = Math.min(Math.max(name.length - word.length, 0), MOST_LETTERS);
        costs[id] = SIMILAR + EDIT * edits + (isWhole ? 0 : BEGINNING + PER_LETTER * rest);
      }
      return costs;
    }
  }

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

  /** The cheapest path to each type, from a kind and by the first words of a query. */
  class Paths {
    constructor(index) {
      this.index = index;
      // By the number of words that are behind, and by type. They are kept: a query has less to throw away.
      this.cost = [];
      this.via = []; // an edge, or -2 - kind
      this.took = []; // whether the edge is a word
    }

    /** Find the paths. `costs` has the costs of field names for each word; `roots` those of kinds, for as many words as
     * may name one. */
    walk(costs, roots) {
      const { typeCount, firstEdge, edgeName, edgeChild } = this.index;
      const layers = costs.length + 1;
      for (let layer = 0; layer < layers; layer++) {
        (this.cost[layer] ??= new Float32Array(typeCount)).fill(Infinity);
        this.via[layer] ??= new Int32Array(typeCount);
        this.took[layer] ??= new Uint8Array(typeCount);
        if (layer < roots.length) this._begin(layer, roots[layer]);
      }
      for (let type = typeCount - 1; type >= 0; type--) {
        for (let layer = 0; layer < layers; layer++) {
          const cost = this.cost[layer][type];
          if (cost === Infinity) continue;
          const words = layer < costs.length ? costs[layer] : null;
          for (let edge = firstEdge[type]; edge < firstEdge[type + 1]; edge++) {
            const child = edgeChild[edge];
            if (child < 0) continue;
            const name = edgeName[edge];
            // Of equal paths, the one by the first field.
            const order = ORDER * (edge - firstEdge[type]);
            this._relax(layer, child, cost + this.index.levelCost[name] + order, edge, 0);
            if (words && words[name] < Infinity) this._relax(layer + 1, child, cost + words[name] + order, edge, 1);
          }
        }
      }
    }

    _begin(layer, costs) {
      const { kinds } = this.index;
      for (let kind = 0; kind < kinds.length; kind++) {
        const { type, weight } = kinds[kind];
        if (type >= 0) this._relax(layer, type, costs[kind] + weight, -2 - kind, 0);
      }
    }

    _relax(layer, type, cost, edge, took) {
      if (cost < this.cost[layer][type]) {
        this.cost[layer][type] = cost;
        this.via[layer][type] = edge;
        this.took[layer][type] = took;
      }
    }

    /** The kind and the names on the way to a type. */
    trace(layer, type) {
      const names = [];
      for (;;) {
        const edge = this.via[layer][type];
        if (edge <= -2) return { kind: -2 - edge, names: names.reverse() };
        names.push(this.index.edgeName[edge]);
        if (this.took[layer][type]) layer--;
        type = this.index.edgeOwner[edge];
      }
    }
  }

  /** The index, as far as it has been loaded. */
  class Index {
    constructor() {
      this.kinds = [];
      this.hasFields = false;
    }

    /** Take groups, kinds and methods, which come first. Types with pages of their own are kinds without a group. */
    addKinds(data) {
      this.groupNames = new Names();
      this.groups = data.groups.map(([title, url, ...aliases]) => ({
        title,
        url,
        names: this.groupNames.addAll([title, ...aliases]),
      }));
      this.kindNames = new Names();
      this.kinds = data.kinds.map(([name, page, type, description, group, attribute, set, weight, ...aliases]) => ({
        name,
        page,
        type,
        description,
        group,
        attribute,
        methods: data.sets[set],
        weight,
        names: this.kindNames.addAll([name, ...aliases]),
      }));
      this.methods = data.methods;
      this.methodNames = new Names();
      this.methodNames.addAll(data.methods);
      this.peers = [];
      this.peerNames = new Names();
      this.peerClasses = new Names();
      for (const [cls, ...rest] of data.peers) {
        const owner = this.peerClasses.add(cls);
        for (let at = 0; at < rest.length; at += 3) {
          this.peerNames.add(rest[at]);
          this.peers.push({ owner, name: `${cls}.${rest[at]}`, kind: rest[at + 1], method: rest[at + 2] });
        }
      }
      this.calls = data.calls.map(([call, url]) => ({ call, url }));
      this.callNames = new Names();
      this.callNames.addAll(data.calls.map(([call]) => lastOf(call.split("."))));
    }

    /** Take fields, and lay them out with breaks: types are lists of field and type (or -1) by turns. */
    async addFields({ names, types, cuts }) {
      const pause = breaks();
      // By page and path, the other page where the fields below are, and the name in front of their paths there.
      this.cuts = new Map();
      for (const [page, others] of Object.entries(cuts)) {
        const paths = new Map();
        for (const [target, name, cut] of others) for (const path of cut) paths.set(path, [target, name]);
        this.cuts.set(page, paths);
      }
      this.fields = names;
      this.typeCount = types.length;
      this.firstEdge = new Int32Array(types.length + 1);
      types.forEach((fields, type) => (this.firstEdge[type + 1] = this.firstEdge[type] + fields.length / 2));
      this.edgeCount = this.firstEdge[types.length];
      this.edgeName = new Int32Array(this.edgeCount);
      this.edgeChild = new Int32Array(this.edgeCount);
      this.edgeOwner = new Int32Array(this.edgeCount);
      for (let type = 0, edge = 0; type < types.length; type++) {
        for (let at = 0; at < types[type].length; at += 2, edge++) {
          this.edgeName[edge] = types[type][at];
          this.edgeChild[edge] = types[type][at + 1];
          this.edgeOwner[edge] = type;
        }
        await pause();
      }
      this.fieldNames = new Names();
      this.levelCost = new Float32Array(names.length);
      for (let id = 0; id < names.length; id++) {
        this.fieldNames.add(names[id]);
        this.levelCost[id] = names[id] === "status" ? LEVEL + STATUS : LEVEL;
        await pause();
      }
      this.anyKind = new Float32Array(this.kinds.length);
      this.shortest = new Paths(this);
      this.shortest.walk([], [this.anyKind]);
      this.asked = new Paths(this);
      this.hasFields = true;
      for (const text of WARM_UP) {
        await pause();
        new Query(this, text);
      }
    }
  }

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

  const lastOf = (list) => list[list.length - 1];

  /** The path of a list or map, of that of its items: they end in `[]` and `{}`. */
  const withoutItems = (path) => path.replace(/[[\]{}]+$/, "");

  const least = (costs, [first, end]) => {
    let found = Infinity;
    for (let id = first; id < end; id++) if (costs[id] < found) found = costs[id];
    return found;
  };

  /** An id for the end of an address. Brackets and braces stay readable there. */
  const fragment = (id) => encodeURIComponent(id).replace(/%5B/g, "[").replace(/%5D/g, "]").replace(/%7B/g, "{").replace(/%7D/g, "}");

  /** A function to await between pieces of work: from time to time, it lets the browser do something else. */
  const breaks = () => {
    let started = performance.now();
    return async () => {
      if (performance.now() - started < SLICE_MS) return;
      await new Promise((resolve) => setTimeout(resolve));
      started = performance.now();
    };
  };

  // What runs for the first time is slow: these words run every part before a reader types.
  const WARM_UP = ["p", "pod", "spec.", "containerx.imagex", "list pods", "read_namespaced_pod"];

  const index = new Index();
  let isReady;
  window.aiokubeSearch = {
    addKinds: (data) => index.addKinds(data),
    addFields: (data) => isReady(index.addFields(data)),
    /** The most hits that are found. */
    most: SHOWN,
    /** A promise that fields are found, too. */
    ready: new Promise((resolve) => (isReady = resolve)),
    /** The best hits for a text, best first: type, title, path, where, and url relative to the start page. */
    find: (text) => new Query(index, text).shown(),
  };
})();
