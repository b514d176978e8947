// Asks the site with clients from npm, one task in each run, and prints what it found as JSON.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

async function count (stream) {
  const found = { all: 0, inDefaultGraph: 0 }
  for await (const quad of stream) {
    found.all += 1
    if (quad.graph.termType === 'DefaultGraph') found.inDefaultGraph += 1
  }
  return found
}

const tasks = {
  async rdfDereference (iri) {
    const { rdfDereferencer } = require('rdf-dereference')
    return count((await rdfDereferencer.dereference(iri)).data)
  },
  async rdfExt (iri) {
    const rdf = (await import('rdf-ext')).default
    const formats = (await import('@rdfjs/formats')).default
    rdf.formats.import(formats)
    const dataset = await (await rdf.fetch(iri)).dataset()
    return count(dataset)
  },
  async ldflex (iri, property) {
    const { PathFactory } = require('ldflex')
    const { default: ComunicaEngine } = require('@ldflex/comunica')
    const { namedNode } = require('@rdfjs/data-model')
    const paths = new PathFactory({ context: { '@context': { property } }, queryEngine: new ComunicaEngine(iri) })
    return String(await paths.create({ subject: namedNode(iri) }).property)
  },
  async fetchSparqlEndpoint (endpoint, query) {
    const { SparqlEndpointFetcher } = require('fetch-sparql-endpoint')
    const rows = []
    for await (const row of await new SparqlEndpointFetcher().fetchBindings(endpoint, query)) {
      rows.push(Object.values(row).map(term => term.value))
    }
    return rows
  },
  async fetchSparqlTriples (endpoint, query) {
    const { SparqlEndpointFetcher } = require('fetch-sparql-endpoint')
    return count(await new SparqlEndpointFetcher().fetchTriples(endpoint, query))
  },
  async sparqlHttpClient (endpointUrl, query) {
    const Client = (await import('sparql-http-client/ParsingClient.js')).default
    const rows = await new Client({ endpointUrl }).query.select(query)
    return rows.map(row => Object.values(row).map(term => term.value))
  },
  async sparqlHttpConstruct (endpointUrl, query) {
    const Client = (await import('sparql-http-client/ParsingClient.js')).default
    return count(await new Client({ endpointUrl }).query.construct(query))
  },
  async jsonld (url) {
    const jsonld = require('jsonld')
    const quads = await jsonld.toRDF(url, { documentLoader: jsonld.documentLoaders.node({ secure: false }) })
    return { all: quads.length }
  }
}

const [task, ...given] = process.argv.slice(2)
console.log(JSON.stringify(await tasks[task](...given)))
