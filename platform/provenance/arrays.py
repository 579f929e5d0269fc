"""How numpy multiplies matrices here: in one thread.

The matrices of marks and fingerprints are small. Beside a model that uses all cores, several threads of OpenBLAS wait
for each other in a loop: 0.06 s of processor time for a product of 0.003 s (measured on two busy cores).
"""

import numpy as np  # noqa: F401 - its BLAS must be loaded to be told
from threadpoolctl import ThreadpoolController


def use_one_thread() -> None:
    """Have numpy's own BLAS use one thread in this process; that of torch is another library and stays as it is."""
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        if "numpy" in library.filepath:
            library.set_num_threads(1)
