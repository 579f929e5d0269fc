"""`/api/schema/`, as JSON unless YAML is asked for."""

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView

from api.throttling import Reads


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]
    throttle_classes = [Reads]
