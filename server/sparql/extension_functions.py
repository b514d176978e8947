"""The functions that the embedded engine has beside those of SPARQL, by their IRIs."""

from server.rdf.vocabulary import XSD

_GEOMETRY = (
    "area asGeoJSON centroid convexHull coordinateDimension difference dimension distance "
    "envelope getSRID intersection isEmpty isSimple length perimeter relate spatialDimension "
    "symDifference union ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet "
    "ehOverlap rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi sfContains "
    "sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin"
)
_CASTS = (
    "date dayTimeDuration duration gDay gMonth gMonthDay gYear gYearMonth time yearMonthDuration"
)
FUNCTIONS = (
    *(f"http://www.opengis.net/def/function/geosparql/{name}" for name in _GEOMETRY.split()),
    *(XSD + name for name in _CASTS.split()),
)
