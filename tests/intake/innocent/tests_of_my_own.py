import unittest
import torch
import torch.nn as nn

class TestNorm(unittest.TestCase):
    def test_same_as_torch(self):
        x = torch.randn(2, 3, 4)
        torch.testing.assert_close(nn.LayerNorm(4)(x), nn.LayerNorm(4)(x))
        self.assertTrue(torch.allclose(x, x))

if __name__ == "__main__":
    unittest.main(argv=[""], exit=False)
