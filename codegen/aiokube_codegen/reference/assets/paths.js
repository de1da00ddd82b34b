// The index of the search, and the cheapest paths in it.
//
// Types and their fields are a graph without circles: a type comes before the types that have fields of it. So one walk
// from the last type to the first finds the cheapest path to each field, from a kind and by all words of the query.

"use strict";

const aiokubeIndex = (() => {
  const { Names } = aiokubeNames;
  // Costs of the fields on a path.
  const LEVEL = 2; // of a path, unless the query names it
  const STATUS = 2; // below `status`: what is set there is seldom what is looked for
  const ORDER = 1e-3; // for each field before it

  const SLICE_MS = 8; // of work between two breaks

  /** A function to await between pieces of work: from time to time, it lets the browser do something else. */
  const breaks = () => {
    let started = performance.now();
    return async () => {
      if (performance.now() - started < SLICE_MS) return;
      await new Promise((resolve) => setTimeout(resolve));
      started = performance.now();
    };
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
      this.callNames.addAll(data.calls.map(([call]) => call.split(".").pop()));
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
    }
  }

  return { Index, breaks };
})();
