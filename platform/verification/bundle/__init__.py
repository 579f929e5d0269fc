"""What a creator takes along (law 10): her works with everything that proves them, and a program that checks it."""
